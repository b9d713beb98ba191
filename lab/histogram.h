// A histogram of durations as HdrHistogram's: 1 ns to 60 s, recording in a few nanoseconds; three
// digits kept (221 KB), or two (31 KB) where there are very many. Nothing is dropped: what is
// longer counts as 60 s, and the maximum is exact.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace trunkline::lab {

template <int Digits>
class BasicHistogram {
  static_assert(Digits == 2 || Digits == 3);

 public:
  static constexpr std::int64_t kLongestNs = 60'000'000'000;
  static constexpr int kDigits = Digits;

  BasicHistogram() : counts_(index_of(kLongestNs) + 1) {}

  // Negative ones (clocks that disagree) are told by negatives() and lowest(), and the mean has
  // them as they are; in percentiles they stand at 0.
  void record(std::int64_t nanoseconds) {
    if (nanoseconds < 0) ++negatives_;
    lowest_ = std::min(lowest_, nanoseconds);
    const std::int64_t value = std::clamp<std::int64_t>(nanoseconds, 0, kLongestNs);
    ++counts_[index_of(value)];
    ++count_;
    sum_ += std::min(nanoseconds, kLongestNs);
    max_ = std::max(max_, nanoseconds);
  }
  void add(const BasicHistogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
    negatives_ += other.negatives_;
    lowest_ = std::min(lowest_, other.lowest_);
  }

  // So many of one value, as another histogram kept them. REQUIRES: 0 <= value.
  void record_many(std::int64_t value, std::uint64_t count) {
    if (count == 0) return;
    value = std::min(value, kLongestNs);
    counts_[index_of(value)] += count;
    count_ += count;
    sum_ += value * static_cast<std::int64_t>(count);
    max_ = std::max(max_, value);
  }
  // What a list of counts does not keep exactly.
  void restore(std::int64_t sum, std::int64_t max, std::uint64_t negatives) {
    sum_ = sum;
    max_ = max;
    negatives_ = negatives;
  }
  std::int64_t sum() const { return sum_; }
  void clear() {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = negatives_ = 0;
    sum_ = max_ = lowest_ = 0;
  }

  // The highest value that is kept at a place; 60 s at the last.
  static std::int64_t value_at(std::size_t place) {
    return std::min(highest_of(place), kLongestNs);
  }
  // In the order of values, in HdrHistogram's places.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t negatives() const { return negatives_; }
  std::int64_t lowest() const { return lowest_; }  // of the negative ones; 0: there was none
  std::int64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  // The smallest recorded value (three digits of it, rounded up) that `quantile` of all values do
  // not exceed; 0 when nothing was recorded. REQUIRES: 0 <= quantile <= 1.
  std::int64_t at(double quantile) const {
    const auto wanted = static_cast<std::uint64_t>(
        std::max(1.0, std::ceil(quantile * static_cast<double>(count_) - 1e-9)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size() && count_ > 0; ++i) {
      seen += counts_[i];
      if (seen >= wanted) return std::min(highest_of(i), max_);
    }
    return 0;
  }

 private:
  // Three digits: values below 2048 have a place each; above, each doubling has 1024 places.
  static constexpr int kBits = Digits == 3 ? 11 : 8;
  static constexpr std::int64_t kHalf = 1 << (kBits - 1);

  static std::size_t index_of(std::int64_t value) {
    const auto width = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value)));
    const int shift = std::max(0, width - kBits);
    return static_cast<std::size_t>(shift * kHalf + (value >> shift));
  }
  static std::int64_t highest_of(std::size_t index) {
    const auto place = static_cast<std::int64_t>(index);
    const std::int64_t shift = place < 2 * kHalf ? 0 : place / kHalf - 1;
    return ((place - shift * kHalf + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0, negatives_ = 0;
  std::int64_t sum_ = 0, max_ = 0, lowest_ = 0;
};
using Histogram = BasicHistogram<3>;
using SmallHistogram = BasicHistogram<2>;

}  // namespace trunkline::lab
