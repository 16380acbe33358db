"""The stylesheet, with roles of `Colours` and lengths `$p8` (8 pixels at 100 %) as gaps."""

SHEET = """
* { color: $text; font-size: $p13; }
QMainWindow, QWidget#root, QWidget#page { background: $window; }
QToolTip { background: $sunken; color: $text; border: 1px solid $edge; padding: $p6; }

QFrame#header, QFrame#footer { background: $surface; border: none; }
QFrame#header { border-bottom: 1px solid $line; }
QFrame#footer { border-top: 1px solid $line; }
QLabel { background: transparent; }
QLabel#brand { font-size: $p15; font-weight: 700; }
QLabel#title { font-size: $p20; font-weight: 600; }
QLabel#heading { font-size: $p15; font-weight: 600; }
QLabel#strong { font-weight: 600; }
QLabel#muted, QLabel#hint { color: $muted; }
QLabel#small { color: $muted; font-size: $p12; }
QLabel#good { color: $good; font-weight: 600; }
QLabel#danger { color: $danger; }
QLabel#chip {
    color: $on_soft; background: $soft; border-radius: $p9; padding: $p2 $p8; font-size: $p12;
}
QLabel#badge {
    color: $muted; background: $sunken; border-radius: $p4; padding: $p2 $p6; font-size: $p12;
    font-weight: 600;
}

QFrame#card { background: $surface; border: 1px solid $line; border-radius: $p10; }
QFrame#card[chosen="true"] { border: 2px solid $accent; }
QFrame#card[compared="true"] { border: 2px dashed $edge; }
QFrame#line { background: $line; border: none; }
QFrame#note { background: $soft; border: none; border-bottom: 1px solid $line; }
QFrame#note[kind="fault"] { background: $danger_soft; }
QFrame#note QLabel { color: $text; }
QFrame#askbar { background: $surface; border: none; border-top: 1px solid $line; }

QPushButton, QToolButton {
    background: $surface; border: 1px solid $edge; border-radius: $p6;
    padding: $p5 $p12; min-height: $p18;
}
QToolButton { padding: $p5 $p8; }
QPushButton:hover, QToolButton:hover { background: $sunken; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: $p4 $p11; }
QToolButton:focus { padding: $p4 $p7; }
QPushButton:disabled, QToolButton:disabled { color: $muted; border-color: $line; }
QPushButton#primary {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
    padding: $p7 $p16;
}
QPushButton#primary:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton#primary:focus { border: 2px solid $text; padding: $p6 $p15; }
QPushButton#primary:disabled {
    background: $sunken; color: $muted; border: 1px solid $line;
}
QPushButton#ask {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 700;
    font-size: $p15; padding: $p9 $p20;
}
QPushButton#ask:hover { background: $accent_hover; }
QPushButton#ask:focus { border: 2px solid $text; padding: $p8 $p19; }
QPushButton#ask:disabled { background: $sunken; color: $muted; border: 1px solid $line; }
QToolButton#flat, QPushButton#flat { background: transparent; border: 1px solid transparent; }
QToolButton#flat:hover, QPushButton#flat:hover { background: $sunken; }
QToolButton#flat:focus, QPushButton#flat:focus { border: 2px solid $accent; }
QToolButton#flat:checked { background: $soft; color: $on_soft; }
QToolButton#flat::menu-indicator { image: none; }
QPushButton#link {
    background: transparent; border: 1px solid transparent; color: $accent; padding: $p4 $p4;
    text-align: left;
}
QPushButton#link:hover { text-decoration: underline; }
QPushButton#link:focus { border: 1px solid $accent; border-radius: $p4; }
QToolButton#nav {
    background: transparent; border: none; border-radius: $p6; padding: $p6 $p10; color: $muted;
}
QToolButton#nav:hover { background: $sunken; }
QToolButton#nav:checked { color: $text; background: $sunken; font-weight: 600; }
QToolButton#nav:focus { border: 2px solid $accent; padding: $p4 $p8; }
QToolButton#pill {
    background: $surface; border: 1px solid $line; border-radius: $p14; padding: $p4 $p11;
}
QToolButton#pill:hover { border-color: $edge; }
QToolButton#pill:checked {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QToolButton#pill:focus { border: 2px solid $accent; padding: $p3 $p10; }
QToolButton#pill:checked:focus { border: 2px solid $text; }
QToolButton#segment {
    background: $surface; border: 1px solid $line; border-radius: $p4; padding: $p4 $p9;
}
QToolButton#segment:hover { border-color: $edge; }
QToolButton#segment:checked { background: $soft; color: $on_soft; border-color: $accent; }
QToolButton#segment:focus { border: 2px solid $accent; padding: $p3 $p8; }

QLineEdit, QSpinBox, QComboBox, QPlainTextEdit {
    background: $surface; border: 1px solid $edge; border-radius: $p6; padding: $p4 $p8;
    min-height: $p18; selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QSpinBox:focus, QComboBox:focus { border: 2px solid $accent; padding: $p3 $p7; }
QLineEdit[wrong="true"] { border: 2px solid $danger; padding: $p3 $p7; }
QLineEdit#name { border: 1px solid transparent; background: transparent; font-weight: 600; }
QLineEdit#name:hover { border: 1px solid $line; }
QLineEdit#name:focus { border: 2px solid $accent; background: $surface; }
QComboBox::drop-down { border: none; width: $p20; }
QComboBox::down-arrow { image: url($arrow); width: $p10; height: $p10; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $edge; selection-background-color: $soft;
    selection-color: $on_soft; outline: none; padding: $p4;
}
QSpinBox::up-button, QSpinBox::down-button { border: none; background: transparent; width: $p18; }
QSpinBox::up-arrow { image: url($up); width: $p8; height: $p8; }
QSpinBox::down-arrow { image: url($arrow); width: $p8; height: $p8; }

QCheckBox { background: transparent; spacing: $p8; min-height: $p22; }
QCheckBox::indicator {
    width: $p16; height: $p16; border: 1px solid $edge; border-radius: $p4; background: $surface;
}
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QCheckBox:focus { color: $accent; }
QCheckBox::indicator:focus { border: 2px solid $accent; }
QSlider { background: transparent; min-height: $p22; }
QSlider::groove:horizontal { height: $p4; background: $line; border-radius: $p2; }
QSlider::sub-page:horizontal { background: $accent; border-radius: $p2; }
QSlider::handle:horizontal {
    width: $p14; height: $p14; margin: -$p5 0; border-radius: $p7; background: $surface;
    border: 2px solid $accent;
}
QSlider::handle:horizontal:focus { background: $accent; }
QProgressBar { background: $line; border: none; border-radius: $p2; height: $p4; color: $text; }
QProgressBar::chunk { background: $accent; border-radius: $p2; }

QScrollArea, QScrollArea > QWidget > QWidget#page { background: $window; border: none; }
QScrollBar:vertical { background: transparent; width: $p10; margin: 0; }
QScrollBar::handle:vertical {
    background: $thumb; border-radius: $p3; min-height: $p30; margin: $p2;
}
QScrollBar:horizontal { background: transparent; height: $p10; margin: 0; }
QScrollBar::handle:horizontal {
    background: $thumb; border-radius: $p3; min-width: $p30; margin: $p2;
}
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
QSplitter::handle { background: $line; }

QMenu { background: $surface; border: 1px solid $edge; padding: $p4; }
QMenu::item { padding: $p6 $p24 $p6 $p12; border-radius: $p4; background: transparent; }
QMenu::item:selected { background: $soft; color: $on_soft; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: $p4 $p8; }
QListView, QListWidget {
    background: $surface; border: 1px solid $line; border-radius: $p6; outline: none;
}
QListView::item, QListWidget::item { padding: $p7 $p10; border-radius: $p4; }
QListView::item:selected, QListWidget::item:selected { background: $soft; color: $on_soft; }
QFrame#palette { background: $surface; border: 1px solid $edge; border-radius: $p10; }
"""
