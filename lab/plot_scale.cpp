#include "lab/plot_scale.h"

#include <algorithm>
#include <cmath>

#include "lab/format.h"

namespace trunkline::lab {
namespace {

// The smallest of 1, 2, 5, 10, 20 … that is not below.
double round_step(double least) {
  const double decade = std::pow(10, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= least * (1 - 1e-9)) return step * decade;
  }
  return 10 * decade;
}

// The nearest of 1, 2, 5, 10 … on the other side, so that the ends of a log axis have names.
double log_round(double value, bool up) {
  const double decade = std::pow(10, std::floor(std::log10(value) + 1e-9));
  double below = decade;
  for (const double step : {2.0, 5.0, 10.0}) {
    if (value <= below * (1 + 1e-9)) return below;
    if (value < step * decade * (1 - 1e-9)) return up ? step * decade : below;
    below = step * decade;
  }
  return below;
}

}  // namespace

PlotScale::PlotScale(const Axis& axis, double low, double high, double from, double to)
    : axis_(axis), low_(low), high_(high), from_(from), to_(to) {
  if (axis.scale == Scale::names) {
    low_ = -0.6;
    high_ = static_cast<double>(axis.names.size()) - 0.4;
  } else if (axis.scale == Scale::log) {
    low_ = log_round(low, false);
    high_ = log_round(high, true);
    if (high_ <= low_) high_ = 2 * low_;
  } else if (axis.scale == Scale::linear) {
    if (high_ <= low_) high_ = low_ + 1;
    const double step = round_step((high_ - low_) / 5);
    low_ = step * std::floor(low_ / step + 1e-9);
    high_ = step * std::ceil(high_ / step - 1e-9);
  } else {
    low_ = 0;
  }
}

bool PlotScale::has(double value) const {
  if (!std::isfinite(value) || (axis_.scale == Scale::log && value <= 0)) return false;
  if (axis_.scale == Scale::nines && value >= 1) return false;
  return true;
}

double PlotScale::along(double value) const {
  if (axis_.scale == Scale::log) return std::log10(value);
  if (axis_.scale == Scale::nines) return -std::log10(1 - value);
  return value;
}

double PlotScale::at(double value) const {
  const double begin = along(low_), end = along(high_);
  return from_ + (to_ - from_) * (along(value) - begin) / (end - begin);
}

std::vector<Tick> PlotScale::linear_ticks(std::size_t most) const {
  std::vector<Tick> ticks;
  const double step =
      round_step((high_ - low_) / static_cast<double>(std::max<std::size_t>(2, most)));
  for (double value = low_; value <= high_ + step * 1e-6; value += step) {
    const double exact = std::abs(value) < step * 1e-6 ? 0 : value;
    ticks.push_back({exact, tick_text(exact)});
  }
  return ticks;
}

// Decades have names; between them 2 and 5 as well where there are few.
std::vector<Tick> PlotScale::log_ticks(std::size_t most) const {
  std::vector<Tick> ticks;
  const double decades = std::log10(high_ / low_);
  const bool between = decades * 3 <= static_cast<double>(most);
  const auto each = std::max(1, static_cast<int>(std::ceil(decades / static_cast<double>(most))));
  const auto first = static_cast<int>(std::floor(std::log10(low_) + 1e-9));
  for (int power = first; std::pow(10, power) <= high_ * (1 + 1e-9); ++power) {
    for (const double part : {1.0, 2.0, 5.0}) {
      const double value = part * std::pow(10, power);
      if (value < low_ * (1 - 1e-9) || value > high_ * (1 + 1e-9)) continue;
      const bool named = part == 1 ? (power - first) % each == 0 : between;
      if (named || part == 1) ticks.push_back({value, named ? tick_text(value) : ""});
    }
  }
  return ticks;
}

std::vector<Tick> PlotScale::ticks(std::size_t most) const {
  if (axis_.scale == Scale::linear) return linear_ticks(most);
  if (axis_.scale == Scale::log) return log_ticks(most);
  std::vector<Tick> ticks;
  if (axis_.scale == Scale::names) {
    const std::size_t each = (axis_.names.size() + most - 1) / std::max<std::size_t>(1, most);
    for (std::size_t i = 0; i < axis_.names.size(); ++i) {
      if (i % each == 0) ticks.push_back({static_cast<double>(i), axis_.names[i]});
    }
    return ticks;
  }
  for (const auto& [value, label] : {std::pair{0.0, "0"},
                                     {0.5, "50 %"},
                                     {0.9, "90 %"},
                                     {0.99, "99 %"},
                                     {0.999, "99.9 %"},
                                     {0.9999, "99.99 %"},
                                     {0.99999, "99.999 %"},
                                     {0.999999, "99.9999 %"}}) {
    const bool has_room = value != 0.5 || most > 4;  // it stands close to 0
    if (value <= high_ && has_room) ticks.push_back({value, label});
  }
  return ticks;
}

std::string tick_text(double value) {
  const double size = std::abs(value);
  if (size >= 1e6) return format("%gM", value / 1e6);
  if (size >= 1e4) return format("%gk", value / 1e3);
  if (size >= 1e3) {
    const auto whole = static_cast<long>(std::lround(value));
    return format("%ld,%03ld", whole / 1000, std::abs(whole % 1000));
  }
  return format("%g", value);
}

}  // namespace trunkline::lab
