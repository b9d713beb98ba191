// `trunkline-lab compare`: is B slower than A? From the reports of launches, a JSON object a line,
// as `run --json` prints them: percentile by percentile, by ranks over launches.
//
// Pure but for reading. Threads: one.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "lab/statistics.h"

namespace trunkline::lab {

// One figure of one launch, in microseconds.
struct Figure {
  std::string series;    // "shown" or "stored"
  std::string quantile;  // "p50"
  double us = 0;
};
struct Launch {
  std::string load;  // what was asked of the cluster, in words; launches compared have the same
  std::vector<Figure> figures;  // those with enough samples
};
// Throws std::runtime_error that names the line and what is wrong. `name`: of what is read.
std::vector<Launch> read_launches(std::istream& in, const std::string& name);

struct ComparedFigure {
  std::string series, quantile;
  std::vector<double> a, b;  // one a launch
  Comparison comparison;
  double p_corrected = 1;  // Holm's, over all figures
};
// Of figures that every launch has. Throws std::runtime_error where the launches are not of one
// load, or a side has none.
std::vector<ComparedFigure> compare_launches(const std::vector<Launch>& a,
                                             const std::vector<Launch>& b);

// What a row says of B, by the name that B has: that it is slower, faster, or "~"; or that there
// are too few launches to say.
std::string meaning_of(const ComparedFigure& figure, const std::string& b);
// A table, and what it means.
std::string comparison_text(const std::vector<ComparedFigure>& compared);
// Figures whose whole interval of the shift lies above so many percent of A's median.
std::vector<std::string> regressions(const std::vector<ComparedFigure>& compared, double percent);

}  // namespace trunkline::lab
