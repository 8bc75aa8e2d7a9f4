#!/usr/bin/python3
"""A program with an icon in the tray, through the library that most use: for testing the tray itself.

indicator.py ICON: says what is chosen in its menu, a line each."""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("AyatanaAppIndicator3", "0.1")
from gi.repository import AyatanaAppIndicator3 as Ayatana  # noqa: E402
from gi.repository import Gio, GLib, Gtk  # noqa: E402


def said(item):
    print(item.get_label().replace("_", ""), flush=True)


def entry(menu, item, sensitive=True):
    item.connect("activate", said)
    item.set_sensitive(sensitive)
    item.show()
    menu.append(item)
    return item


menu = Gtk.Menu()
entry(menu, Gtk.MenuItem.new_with_mnemonic("_Show the window"))
presence = Gtk.Menu()
for name in ("Available", "Away"):
    choice = Gtk.CheckMenuItem(label=name, draw_as_radio=True)
    choice.set_active(name == "Available")
    entry(presence, choice)
entry(menu, Gtk.MenuItem(label="Presence")).set_submenu(presence)
line = Gtk.SeparatorMenuItem()
line.show()
menu.append(line)
entry(menu, Gtk.MenuItem(label="Not now"), sensitive=False)
entry(menu, Gtk.MenuItem(label="Quit")).connect("activate", lambda _: Gtk.main_quit())

bus = Gio.bus_get_sync(Gio.BusType.SESSION)
shown = None


def show():
    global shown
    shown = Ayatana.Indicator.new("indicator", "", Ayatana.IndicatorCategory.COMMUNICATIONS)
    shown.set_icon_full(sys.argv[1], "An indicator")
    shown.set_title("Indicator")
    shown.set_menu(menu)
    shown.set_status(Ayatana.IndicatorStatus.ACTIVE)


def again_if_lost():
    """libayatana-appindicator (0.5.92 to 0.5.94) asks for the bus twice; when the tray answers before the second has
    come it says "g_dbus_proxy_new: assertion 'G_IS_DBUS_CONNECTION (connection)' failed", and never registers."""
    asked = GLib.Variant("(s)", ("org.kde.StatusNotifierWatcher",))
    name = "org.freedesktop.DBus"
    tray = bus.call_sync(name, "/org/freedesktop/DBus", name, "NameHasOwner", asked, None, Gio.DBusCallFlags.NONE, -1, None)
    if tray.unpack()[0] and not shown.get_property("connected"):
        shown.run_dispose()
        show()
    return True


show()
GLib.timeout_add(500, again_if_lost)
Gtk.main()
