"""What can be chosen from the menu bar."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import PICTURES
from perturber.gui.attack.attack_view import TITLES
from perturber.gui.attack.attacking import PINNED
from perturber.gui.base.documents import MESHES, SESSIONS, reset_scene
from perturber.gui.base.holding import HoldKey
from perturber.gui.base.view import LOOKS
from perturber.gui.models.architecture_dialog import ArchitectureDialog
from perturber.gui.models.model_menu import ModelMenu
from perturber.gui.models.slot_head import ENABLED, title_of
from perturber.gui.models.weights_dialog import WeightsDialog
from perturber.gui.picture import gestures
from perturber.gui.shell.actions import SEPARATOR, Actions, Command, Entry

if TYPE_CHECKING:
    from perturber.gui.attack.divergence_window import DivergenceWindow
    from perturber.gui.attack.strength_window import StrengthWindow
    from perturber.gui.failures.failures_window import FailuresWindow
    from perturber.gui.shell.desk import Desk

KINDS = {
    "mesh": ("Open Mesh", MESHES),
    "diffuse": ("Open Color Texture", PICTURES),
    "alpha": ("Open Opacity Texture", PICTURES),
    "background": ("Open Background", PICTURES),
    "photo": ("Open Photo", PICTURES),
    "session": ("Open Session", SESSIONS),
}
WEIGHTS = "Download, verify and remove networks whose weights others publish"
EDITOR = "Make a third model: mix the weights of both, prune, change single units"
DIVERGENCE = "How far the attack has moved every layer, and how far the models are apart"
FAILURES = "Search for the smallest change of the scene that makes a model say something else"
OVERLAY = "Write the picture with the attribution over it, as large as the networks see it"
EXPLAIN = "What of the picture speaks for a class; the leading one when none was chosen"
CLASSES = "A folder with a picture for each class, named by WordNet id: n02123045.jpg, or folders as in ImageNet"
STRENGTH = "How small the attack may be for every model, and whether it fools the others, too"
PIN = "Attack every new frame with as many steps, instead of ending the attack when the scene changes"
Key = QKeySequence.StandardKey


class Menus:
    """Fills the menu bar and does what is chosen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.architectures: tuple[str, ...] = ()
        self.actions: Actions | None = None
        self.weights: WeightsDialog | None = None
        self.divergence: DivergenceWindow | None = None
        self.strength: StrengthWindow | None = None
        self.failures: FailuresWindow | None = None

    def build(self) -> None:
        """Make the menus."""
        desk = self._desk
        self._recent = QMenu("Open Recent", desk.window)
        self._recent.aboutToShow.connect(self._fill_recent)
        models: list[Entry] = []
        for slot in desk.context.slots:
            menu = ModelMenu(slot, desk.context, self.choose_architecture, desk.window)
            menu.setTitle(title_of(slot))
            models.append(menu)
        models += [SEPARATOR, Command("weights", "Manage &Weights…", self.manage_weights, tip=WEIGHTS)]
        self.actions = Actions(
            desk.window,
            desk.window.theme,
            {
                "&File": self._file(),
                "&Edit": self._edit(),
                "&View": self._view(),
                "&Models": models,
                "&Attack": self._attack(),
                "&Tools": self._tools(),
            },
        )
        self._hold_keys()
        self._mark_theme()
        self.follow()

    def _hold_keys(self) -> None:
        """The keys that do something for as long as they are down."""
        attacking, compare = self._desk.attacking, self._desk.scene.attack_view.compare
        step, original = HoldKey("A", self._desk.window), HoldKey("O", self._desk.window)
        step.pressed.connect(attacking.press)
        step.released.connect(attacking.release)
        original.pressed.connect(lambda: compare(True))
        original.released.connect(lambda: compare(False))

    def _file(self) -> list[Entry]:
        def ask(kind: str) -> Command:
            return Command(kind, KINDS[kind][0] + "…", lambda: self.ask_for(kind))

        return [
            Command("open", "&Open Session…", lambda: self.ask_for("session"), Key.Open, "open"),
            self._recent,
            Command("previous", "Open &Previous Run's Session", self.open_previous),
            Command("save", "&Save Session", self.save, Key.Save, "save"),
            Command("save_as", "Save Session As…", self.save_as, "Ctrl+Shift+S"),
            Command("save_overlay", "Save O&verlay…", self._desk.scene.explain.save, tip=OVERLAY),
            SEPARATOR,
            *(ask(kind) for kind in KINDS if kind != "session"),
            SEPARATOR,
            Command("quit", "&Quit", self.quit, "Ctrl+Q"),
        ]

    def _edit(self) -> list[Entry]:
        desk = self._desk
        presets = desk.editing.menu()
        presets.setTitle("Weight &Presets")
        return [
            Command("undo", "&Undo", desk.store.undo, Key.Undo, "undo"),
            Command("redo", "&Redo", desk.store.redo, Key.Redo, "redo"),
            SEPARATOR,
            Command("copy", "&Copy Picture", self.copy_picture, "Ctrl+Shift+C", "copy"),
            Command("copy_window", "Copy Picture of the &Window", self.copy_window, "Ctrl+Alt+C"),
            SEPARATOR,
            Command("home", "Reset C&amera", lambda: desk.store.update(gestures.home()), "Ctrl+0"),
            Command("reset", "Reset All &Parameters", self.reset, "Ctrl+Shift+0"),
            SEPARATOR,
            Command("weights_editor", "&Edit Weights", self.edit_weights, "Ctrl+E", tip=EDITOR, checkable=True),
            presets,
        ]

    def _view(self) -> list[Entry]:
        view = self._desk.window.view
        return [
            Command("theme", "Light Theme", self.switch_theme, "Ctrl+T", "light", "Dark or light theme"),
            Command("pixels", "Hard Pixels", lambda: view.set_pixel_exact(not view.pixel_exact), "P", checkable=True),
            Command("logits", "Logits", lambda: view.set_logits(not view.logits), "L", checkable=True),
            Command("explain", "Show or &Hide Attribution", self._desk.scene.explain.toggle, "H", tip=EXPLAIN),
            SEPARATOR,
            Command("classes", "&Class Pictures…", self.choose_class_pictures, tip=CLASSES),
            Command("no_classes", "&Forget Class Pictures", self._desk.documents.forget_class_pictures),
            SEPARATOR,
            Command("full", "Full Screen", self.full_screen, Key.FullScreen, checkable=True),
            Command("dismiss", "Close Message", self._desk.window.banner.dismiss, "Esc"),
        ]

    def _tools(self) -> list[Entry]:
        return [
            Command("divergence", "What the &Attack Did…", self.show_divergence, tip=DIVERGENCE),
            Command("failures", "Find a &Failure…", self.find_failures, "Ctrl+Shift+F", tip=FAILURES),
        ]

    def _attack(self) -> list[Entry]:
        attacking, view = self._desk.attacking, self._desk.window.view
        looks = (
            Command(f"look_{look}", TITLES[look][0], partial(view.set_look, look), f"Ctrl+{n}", checkable=True)
            for n, look in enumerate(LOOKS, 1)
        )
        return [
            # Its key is a HoldKey: held down it runs.
            Command("attack_step", "Take a &Step\tA", attacking.step, tip="One step; hold the key to take more"),
            Command("attack_run", "&Run or Pause", attacking.toggle, "Shift+A"),
            Command("attack_back", "&Undo Step", attacking.back, "Shift+Backspace"),
            Command("attack_clear", "&Clear", attacking.clear, "Ctrl+Backspace"),
            Command("attack_pin", "&Keep Attacking", self.pin_attack, "Ctrl+K", tip=PIN, checkable=True),
            SEPARATOR,
            *looks,
            SEPARATOR,
            Command("attack_show", "Show &Settings", self._desk.scene.show_attack, "Ctrl+J"),
            Command("strength", "Measure S&trength…", self.show_strength, tip=STRENGTH),
        ]

    def pin_attack(self) -> None:
        """Attack every new frame, or end the attack when the scene changes."""
        self._desk.store.set(PINNED, not self._desk.store.session.attack.pinned)

    def follow(self) -> None:
        """Enable what is possible now."""
        if self.actions is None:
            return
        store, by_name = self._desk.store, self.actions.by_name
        view = self._desk.window.view
        own_mesh = isinstance(store.session.scene.subject, MeshSubject)
        states = {"undo": store.can_undo, "redo": store.can_redo, "diffuse": own_mesh, "alpha": own_mesh}
        states["no_classes"] = bool(self._desk.documents.class_pictures)
        states["previous"] = self._desk.autosave.previous.is_file()
        for name, on in states.items():
            if by_name[name].isEnabled() != on:
                by_name[name].setEnabled(on)
        by_name["weights_editor"].setChecked(store.session.models.edited.enabled)
        attack = store.session.attack
        by_name["attack_pin"].setChecked(attack.pinned)
        for name, on in (("attack_back", attack.taken > 0), ("attack_clear", attack.taken > 0)):
            by_name[name].setEnabled(on)
        for look in LOOKS:
            by_name[f"look_{look}"].setChecked(view.look == look)
        by_name["pixels"].setChecked(view.pixel_exact)
        by_name["logits"].setChecked(view.logits)

    def ask_for(self, kind: str) -> None:
        """Let a person choose a file, and open it."""
        title, suffixes = KINDS[kind]
        pattern = " ".join(f"*{s}" for s in suffixes)
        name, _ = QFileDialog.getOpenFileName(self._desk.window, title, "", f"{title[5:]} ({pattern});;All files (*)")
        if name:
            self.open_file(kind, Path(name))

    def choose_class_pictures(self) -> None:
        """Let a person choose the folder whose pictures stand beside the classes."""
        start = self._desk.documents.class_pictures
        name = QFileDialog.getExistingDirectory(self._desk.window, "Class Pictures", start)
        if name:
            self._desk.documents.open_class_pictures(Path(name))

    def open_file(self, kind: str, path: Path) -> None:
        """Open a file as a mesh, texture, background, photo or session."""
        documents = self._desk.documents
        if kind in {"diffuse", "alpha"}:
            documents.open_texture(path, kind)
        else:
            getattr(documents, f"open_{kind}")(path)

    def save(self) -> None:
        """Write to the file the session came from, else ask for one."""
        path = self._desk.documents.path
        if path is None:
            self.save_as()
        else:
            self._desk.documents.save_session(path)

    def save_as(self) -> None:
        """Ask for a file and write the session to it."""
        start = str(self._desk.documents.path or "session.json")
        name, _ = QFileDialog.getSaveFileName(self._desk.window, "Save Session", start, "Session (*.json)")
        if name:
            path = Path(name)
            self._desk.documents.save_session(path if path.suffix else path.with_suffix(".json"))

    def open_previous(self) -> None:
        """The session as it was when the window was last closed (or crashed)."""
        self._desk.documents.open_session(self._desk.autosave.previous, remember=False)

    def quit(self) -> None:
        """Close the window."""
        self._desk.window.close()

    def choose_architecture(self, slot: str) -> None:
        """Let a person put any architecture into a slot."""
        dialog = ArchitectureDialog(slot, self.architectures, self._desk.window)
        dialog.chosen.connect(lambda name, weights: self._desk.documents.open_model(slot, name, weights))
        dialog.open()

    def manage_weights(self) -> None:
        """Show the window of published weights; there is one, made when it is first asked for."""
        if self.weights is None:
            self.weights = WeightsDialog(self._desk.context.resources, self._desk.tasks, parent=self._desk.window)
        _bring(self.weights)

    def show_strength(self) -> None:
        """Show the window that measures the attack; there is one, made when it is first asked for."""
        if self.strength is None:
            from perturber.gui.attack.strength_window import StrengthWindow

            self.strength = StrengthWindow(self._desk.context, self._desk.window)
        _bring(self.strength)

    def show_divergence(self) -> None:
        """Show the window that follows what an attack does inside; there is one, made when it is first asked for."""
        if self.divergence is None:
            from perturber.gui.attack.divergence_window import DivergenceWindow

            desk = self._desk
            show_changed = desk.neurons.units.group.show_attacked
            self.divergence = DivergenceWindow(desk.context, show_changed, desk.window)
            if desk.last is not None:
                self.divergence.show_evaluation(desk.last)
        _bring(self.divergence)

    def find_failures(self) -> None:
        """Show the window that searches for failures; there is one, made when it is first asked for."""
        if self.failures is None:
            from perturber.gui.failures.failures_window import FailuresWindow

            desk = self._desk
            self.failures = FailuresWindow(desk.context, desk.window)
            if desk.last is not None:
                self.failures.show_evaluation(desk.last)
        self.failures.show()
        self.failures.raise_()
        self.failures.activateWindow()

    def copy_picture(self) -> None:
        """Put the picture, as the networks see it, on the clipboard."""
        image = self._desk.scene.viewport.image
        if image is not None:
            QGuiApplication.clipboard().setImage(image)
            self._desk.context.report("The picture is on the clipboard", "info")

    def copy_window(self) -> None:
        """Put a picture of the whole window on the clipboard."""
        QGuiApplication.clipboard().setImage(self._desk.window.grab().toImage())
        self._desk.context.report("A picture of the window is on the clipboard", "info")

    def reset(self) -> None:
        """All parameters of scene and effects to their defaults, as one step."""
        self._desk.store.replace(reset_scene(self._desk.store.session))

    def edit_weights(self) -> None:
        """Open or close the weight editor; the edit is kept."""
        self._desk.store.set(ENABLED, not self._desk.store.session.models.edited.enabled)

    def switch_theme(self) -> None:
        """From dark to light or back."""
        app = QApplication.instance()
        theme = self._desk.window.theme
        if isinstance(app, QApplication):
            theme.choose("light" if theme.name == "dark" else "dark", app)
        self._mark_theme()

    def full_screen(self) -> None:
        """Fill the screen, or no longer."""
        window = self._desk.window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def _mark_theme(self) -> None:
        if self.actions is not None:
            other = "light" if self._desk.window.theme.name == "dark" else "dark"
            self.actions.set_icon("theme", other)
            self.actions.by_name["theme"].setText(f"{other.title()} Theme")

    def _fill_recent(self) -> None:
        self._recent.clear()
        for name in self._desk.window.settings.recent:
            self._recent.addAction(name, partial(self._desk.documents.open_session, Path(name)))
        if self._recent.isEmpty():
            self._recent.addAction("None yet").setEnabled(False)


def _bring(window: QWidget) -> None:
    """Show a window in front of the others."""
    window.show()
    window.raise_()
    window.activateWindow()
