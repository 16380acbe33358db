"""One file an editor: find it, install and remove the plugin, what it can do."""
