# gnuplot -c plot_window.gp DIR PUBLISHED: DIR/window.svg, from DIR/window.dat and the published
# figures.
load system(sprintf("dirname '%s'", ARG0))."/style.gp"
set output ARG1."/window.svg"
table = ARG1."/window.dat"
# All steps of a worker, one epoch shared by 20, and nothing else: the mean of the log-normal times.
computing = 60000.0 / 4 / 20 * 0.01 * exp(0.2**2 / 2)
set multiplot layout 1,3 margins 0.045,0.82,0.15,0.9 spacing 0.05,0
set xlabel "communication window"
set xrange [3:52]
set xtics 10
unset key
set title "test accuracy"
set yrange [0:1]
plot for [i=1:6] table index word(names, i) using 1:2 with linespoints linestyle i, \
     ARG2 index "adag" using 1:2 with linespoints linestyle 11, \
     ARG2 index "aeasgd" using 1:2 with linespoints linestyle 12, \
     ARG2 index "aeasgd-large" using 1:2 with linespoints linestyle 12, \
     ARG2 index "downpour-adam" using 1:2 with linespoints linestyle 16
set title "test accuracy, magnified"
set yrange [0.85:1]
replot
set title "time, in that of the computing alone"
set yrange [0.9:*]
set key at screen 0.995,0.9 right top
plot for [i=1:6] table index word(names, i) using 1:($3 / computing) with linespoints linestyle i title titles[i], \
     ARG2 index "adag" using 1:3 with points linestyle 11 notitle, \
     ARG2 index "aeasgd-large" using 1:3 with points linestyle 12 notitle, \
     ARG2 index "downpour-adam" using 1:3 with points linestyle 16 notitle, \
     keyentry with linespoints linestyle 20 title "published"
unset multiplot
