# gnuplot -e "results='DIR'" plot.gp: DIR/window.svg and DIR/workers.svg of the tables in DIR.
here = ARG0 eq "" ? "." : system("dirname ".ARG0)
published = here."/published.dat"

# Legible on white and on black: no background, middle gray for text, colours of middle lightness.
set terminal svg size 960,420 dynamic font "sans-serif,13" linewidth 1
gray = "#777777"
set border 3 linecolor rgb gray
set tics nomirror textcolor rgb gray
set grid linecolor rgb gray dashtype 3 linewidth 0.5
set key textcolor rgb gray samplen 2.5
set xlabel textcolor rgb gray
set ylabel textcolor rgb gray
set title textcolor rgb gray
set datafile missing "nan"
names = "adag aeasgd eamsgd averaging downpour-sgd downpour"
titles = "'ADAG' 'AEASGD' 'EAMSGD' 'averaging' 'DOWNPOUR, SGD' 'DOWNPOUR, Adam'"
set style line 1 linecolor rgb "#4477aa" linewidth 2 pointtype 7 pointsize 0.5
set style line 2 linecolor rgb "#228833" linewidth 2 pointtype 5 pointsize 0.5
set style line 3 linecolor rgb "#aa3377" linewidth 2 pointtype 9 pointsize 0.6
set style line 4 linecolor rgb "#c79a00" linewidth 2 pointtype 11 pointsize 0.6
set style line 5 linecolor rgb "#ee6677" linewidth 2 pointtype 13 pointsize 0.6
set style line 6 linecolor rgb "#e07b39" linewidth 2 pointtype 7 pointsize 0.4

set output results."/window.svg"
table = results."/window.dat"
set multiplot layout 1,2 margins 0.07,0.79,0.14,0.92 spacing 0.09,0
set key at screen 0.995,0.9 right top Left reverse
set xlabel "communication window"
set xrange [3:52]
set xtics 5,5,50
set ylabel "test accuracy"
set yrange [0:1]
set title "published: hollow, dashed"
plot for [i=1:6] table index word(names, i) using 1:2 with linespoints linestyle i title word(titles, i), \
  published index "adag" using 1:2 with linespoints linecolor rgb "#4477aa" dashtype 2 pointtype 6 pointsize 1 title "ADAG, published", \
  published index "aeasgd" using 1:2 with linespoints linecolor rgb "#228833" dashtype 2 pointtype 4 pointsize 1 title "AEASGD, published", \
  published index "aeasgd-large" using 1:2 with linespoints linecolor rgb "#228833" dashtype 2 pointtype 4 pointsize 1 notitle, \
  published index "downpour" using 1:2 with linespoints linecolor rgb "#e07b39" dashtype 2 pointtype 6 pointsize 1 title "DOWNPOUR, published"
unset title
set title "the same, from 0.85"
set yrange [0.85:1]
unset ylabel
unset key
replot
unset multiplot
