# gnuplot -c plot_workers.gp DIR: DIR/workers.svg, from DIR/workers.dat.
load system(sprintf("dirname '%s'", ARG0))."/style.gp"
set output ARG1."/workers.svg"
table = ARG1."/workers.dat"
set multiplot layout 1,2 margins 0.05,0.77,0.15,0.9 spacing 0.06,0
set xlabel "workers"
set logscale x 2
set xrange [0.9:570]
set xtics 2
set title "virtual seconds to the target accuracy"
set logscale y
set yrange [0.5:500]
unset key
first = system(sprintf("awk '/^# adag$/ {getline; print $4}' '%s'", table))
start = first eq "nan" ? NaN : real(first)
plot for [i=1:5] table index word(names, i) using 1:4 with linespoints linestyle i, \
     start / x with lines linecolor rgb gray linewidth 1 dashtype 2
set title "test accuracy at the end"
unset logscale y
set yrange [0:1]
set key at screen 0.995,0.9 right top
plot for [i=1:5] table index word(names, i) using 1:2 with linespoints linestyle i title titles[i], \
     keyentry with lines linecolor rgb gray linewidth 1 dashtype 2 title "ADAG's, shared evenly"
unset multiplot
