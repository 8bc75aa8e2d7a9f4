#!/bin/sh
# ejabberd hands the text of a challenge and wants a picture of it
convert -size 140x60 xc:white -pointsize 30 -gravity center -draw "text 0,0 '$1'" jpeg:-
