# gnuplot -c plot.gp DATA PICTURE: bars from report.py's data of a workload.
# Legible on white and on black: no background, gray text, colors of middle lightness.
gray = "#808080"
stats ARG1 using 1 nooutput
rows = 1 - STATS_min
set terminal svg size 900, 20 * rows + 50 dynamic font "sans-serif,13"
set output ARG2
set border 1 linecolor rgb gray
set tics nomirror textcolor rgb gray
set ytics scale 0
set lmargin 60
set xrange [0:*]
set yrange [-rows:1]
set grid xtics linecolor rgb gray linewidth 0.4 dashtype 3
set style fill solid
unset key
plot ARG1 using (0):1:(0):2:($1 - 0.35):($1 + 0.35):ytic(3) with boxxyerror linecolor rgb "#4c86c6", \
     "" using 2:1:(sprintf(" %.2f", $2)) with labels left offset 0.5,0 textcolor rgb gray
