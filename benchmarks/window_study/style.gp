# Of both pictures.
# Legible on white and on black: no background, gray text, colors of middle lightness.
gray = "#808080"
set border 3 linecolor rgb gray
set tics nomirror textcolor rgb gray
set grid linecolor rgb gray linewidth 0.4 dashtype 3
set key textcolor rgb gray samplen 2.5 spacing 1.15 Left reverse
set xlabel textcolor rgb gray
set title textcolor rgb gray
set datafile missing "nan"
names = "adag aeasgd eamsgd averaging downpour-sgd downpour-adam"
array titles[6] = ["ADAG", "AEASGD", "EAMSGD", "averaging", "DOWNPOUR, SGD", "DOWNPOUR, Adam"]
array colors[6] = ["#4c86c6", "#2e9e4f", "#b05fb5", "#b8912a", "#e8606e", "#d9772b"]
array points[6] = [7, 5, 9, 11, 13, 15]
array hollow[6] = [6, 4, 8, 10, 12, 14]
do for [i=1:6] {
  set style line i linecolor rgb colors[i] linewidth 2 pointtype points[i] pointsize 0.5
  set style line 10+i linecolor rgb colors[i] linewidth 1.5 dashtype 2 pointtype hollow[i] pointsize 1
}
set style line 20 linecolor rgb gray linewidth 1.5 dashtype 2 pointtype 6 pointsize 1

set terminal svg size 1100,380 dynamic font "sans-serif,13"
