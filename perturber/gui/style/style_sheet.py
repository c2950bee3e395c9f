"""The style sheet of Qt's own widgets, made from a theme's colors."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

SHEET = Template("""
* { font-size: 13px; outline: none; }
QMainWindow, QDialog { background: $window; }
QDialog#unit { background: $panel; }
QFrame#panel { background: $panel; border: 1px solid $line; border-radius: 10px; }
QWidget#plain, QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }
QLabel { background: transparent; }
QLabel#title { font-size: 14px; font-weight: 600; color: $text; }
QLabel#caption, QLabel#status { font-size: 12px; color: $muted; }
QLabel#row { color: $muted; }
QLabel#row[changed="true"] { color: $text; }
QLabel#row:disabled { color: $faint; }
QLabel#hint { font-size: 11px; color: $faint; }
QLabel#hint[bad="true"], QLabel#error { font-size: 11px; color: $error; }
QMenuBar { background: $window; color: $muted; padding: 2px 6px; }
QMenuBar::item { padding: 6px 10px; border-radius: 6px; background: transparent; }
QMenuBar::item:selected { background: $control; color: $text; }
QMenu { background: $card; border: 1px solid $line; padding: 6px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 6px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QToolTip { background: $card; color: $text; border: 1px solid $line; padding: 6px 8px; font-size: 12px; }
QStatusBar { background: $window; color: $muted; }
QStatusBar::item { border: none; }
QToolButton, QPushButton { background: transparent; border: 1px solid transparent; border-radius: 6px;
  padding: 4px 8px; color: $text; }
QPushButton { background: $control; border-color: $line; padding: 5px 14px; }
QToolButton:hover, QPushButton:hover { background: $hover; }
QToolButton:pressed, QPushButton:pressed { background: $line; }
QToolButton:disabled, QPushButton:disabled { color: $faint; }
QToolButton:focus, QPushButton:focus { border-color: $faint; }
QPushButton#edited { background: $edited; border-color: $edited; color: $ink; font-weight: 600; }
QPushButton#edited:hover { border-color: $text; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton#model { text-align: left; font-weight: 600; padding: 3px 6px; }
QToolButton#choice { background: $control; text-align: left; padding: 3px 6px; min-height: 18px; }
QToolButton#choice:hover { background: $hover; }
QToolButton#tiny { padding: 0; }
QToolButton#quiet { color: $muted; font-size: 12px; padding: 2px 8px; }
QToolButton#word { color: $muted; font-size: 12px; padding: 2px; }
QToolButton#slot1 { color: $slot1; font-size: 12px; font-weight: 600; padding: 2px 8px; }
QToolButton#slot2 { color: $slot2; font-size: 12px; font-weight: 600; padding: 2px 8px; }
QToolButton#quiet:disabled { color: $faint; }
QToolButton#segment { background: $control; color: $muted; border-radius: 6px; padding: 3px 10px; font-size: 12px; }
QToolButton#segment:checked { background: $hover; color: $text; }
QToolButton#segment[narrow="true"] { padding: 3px 2px; }
QToolButton#segment:disabled { color: $faint; }
QToolButton#segment[slot="slot1"]:enabled { color: $slot1; font-weight: 600; }
QToolButton#segment[slot="slot2"]:enabled { color: $slot2; font-weight: 600; }
QToolButton#segment[slot="edited"]:enabled { color: $edited; font-weight: 600; }
QToolButton#segment[slot="slot1"]:checked { border-color: $slot1; }
QToolButton#segment[slot="slot2"]:checked { border-color: $slot2; }
QToolButton#segment[slot="edited"]:checked { border-color: $edited; }
QPushButton#compact { padding: 4px 4px; }
QPushButton#compact:checked { background: $hover; }
QToolButton#section { color: $text; font-weight: 600; text-align: left; padding: 4px 6px; }
QLineEdit, QComboBox { background: $control; border: 1px solid transparent; border-radius: 6px;
  padding: 3px 6px; color: $text; selection-background-color: $fill; selection-color: $window; min-height: 18px; }
QLineEdit:hover, QComboBox:hover { background: $hover; }
QLineEdit:focus, QComboBox:focus { border-color: $faint; }
QLineEdit:disabled, QComboBox:disabled { color: $faint; }
QLineEdit[bad="true"] { border-color: $error; }
QLineEdit#number { padding: 1px 4px; min-height: 18px; font-size: 12px; background: transparent; }
QLineEdit#number[quiet="true"] { color: $muted; }
QLineEdit#number:disabled { color: $faint; }
QLineEdit#number:hover, QLineEdit#number:focus { background: $control; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $line; border-radius: 6px; padding: 4px;
  selection-background-color: $hover; selection-color: $text; }
QListWidget { background: $control; border: 1px solid $line; border-radius: 6px; padding: 4px; }
QListWidget::item { padding: 4px 8px; border-radius: 4px; }
QListWidget::item:selected { background: $hover; color: $text; }
QTreeWidget { background: $control; border: 1px solid $line; border-radius: 6px; padding: 4px;
  selection-background-color: $hover; }
QTreeWidget::item { padding: 4px 6px; border: none; }
QTreeWidget::item:selected { background: $hover; color: $text; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $faint; border-radius: 4px; background: $control; }
QCheckBox::indicator:checked { background: $fill; border-color: $fill; }
QCheckBox::indicator:focus { border-color: $text; }
QCheckBox::indicator:disabled { border-color: $line; }
QCheckBox:disabled { color: $faint; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: $muted; font-size: 12px; border: none; padding: 4px 6px; }
QProgressBar { background: $track; border: none; border-radius: 3px; }
QProgressBar::chunk { background: $fill; border-radius: 3px; }
QPlainTextEdit { background: $window; border: 1px solid $line; border-radius: 6px; color: $text;
  selection-background-color: $fill; selection-color: $window; }
QPlainTextEdit:focus { border-color: $faint; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $hover; border-radius: 3px; min-height: 32px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $hover; border-radius: 3px; min-width: 32px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none;
  border: none; width: 0; height: 0; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $line; }
""")


def style_sheet(colors: Mapping[str, object]) -> str:
    """Return the style sheet of the application. ``colors`` maps the names used above to #rrggbb."""
    return SHEET.substitute(colors)
