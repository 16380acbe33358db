"""The control panel: a Qt-free view model, then widgets."""
