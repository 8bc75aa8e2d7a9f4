#!/usr/bin/python3
"""A program with an icon in the tray, through the library that most use: for testing the tray itself.

indicator.py ICON: says what is chosen in its menu, a line each."""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("AyatanaAppIndicator3", "0.1")
from gi.repository import AyatanaAppIndicator3 as Ayatana  # noqa: E402
from gi.repository import Gtk  # noqa: E402


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

indicator = Ayatana.Indicator.new("indicator", "", Ayatana.IndicatorCategory.COMMUNICATIONS)
indicator.set_icon_full(sys.argv[1], "An indicator")
indicator.set_title("Indicator")
indicator.set_menu(menu)
indicator.set_status(Ayatana.IndicatorStatus.ACTIVE)
Gtk.main()
