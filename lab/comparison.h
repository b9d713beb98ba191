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
  std::vector<Figure> figures;  // those with enough samples; no tail of a saturated cell
  bool is_void = false;         // it measured its generator, and says nothing of the cluster
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
// Launches of each side with which a difference can be found at all among so many rows.
std::size_t launches_for_rows(std::size_t rows);

// Is B slower by more than a margin? Only if the whole interval of the shift lies above it, and the
// row still differs among all rows; not, if none of the interval does. Else nobody knows yet.
enum class Slower : std::uint8_t { yes, no, unknown };
struct MarginAnswer {
  Slower slower = Slower::unknown;
  std::string text;  // "shown p50: B is slower by 7.1 % at least"
};
// `percent`: of A's median. `rows`: that were compared together.
MarginAnswer slower_by_more(const ComparedFigure& figure, double percent, std::size_t rows);
// Of all rows, a line each but for those that are not slower.
struct Gate {
  std::string text;
  bool regression = false;
};
Gate gate_of(const std::vector<ComparedFigure>& compared, double percent);

}  // namespace trunkline::lab
