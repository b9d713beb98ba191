// Where values stand along an axis, and which of them are named. Pure.
#pragma once

#include <string>
#include <vector>

#include "lab/plot.h"

namespace trunkline::lab {

struct Tick {
  double value = 0;
  std::string label;  // empty: a line without a name
};

// From pixels `from` to `to`, either way round.
class PlotScale {
 public:
  // Of values from `low` to `high`, widened to round ones where the axis has such. REQUIRES: on a
  // log axis 0 < low.
  PlotScale(const Axis& axis, double low, double high, double from, double to);

  // False: the value has no place here.
  bool has(double value) const;
  double at(double value) const;
  // At most about so many with a label, in the order of the axis.
  std::vector<Tick> ticks(std::size_t most) const;

 private:
  double along(double value) const;  // before pixels
  std::vector<Tick> linear_ticks(std::size_t most) const;
  std::vector<Tick> log_ticks(std::size_t most) const;

  Axis axis_;
  double low_, high_, from_, to_;
};

// "0.5", "200", "2,000", "20k", "1.5M"
std::string tick_text(double value);

}  // namespace trunkline::lab
