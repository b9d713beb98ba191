// Draws a plot. Pure.
#pragma once

#include "lab/plot.h"
#include "lab/svg.h"

namespace trunkline::lab {

// So wide, as high as it needs; labels keep their size, so that a narrow picture can be read too.
// REQUIRES: the plot has a point.
Svg drawing_of(const Plot& plot, double width);

}  // namespace trunkline::lab
