// Chance from a seed: the same on every machine, unlike the distributions of <random>.
#pragma once

#include <cstdint>
#include <vector>

namespace trunkline::sim {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  // splitmix64: every seed is a good one.
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to n - 1. REQUIRES: n > 0.
  template <class Number>
  Number below(Number n) {
    return static_cast<Number>(next() % static_cast<std::uint64_t>(n));
  }
  template <class Number>
  Number between(Number low, Number high) {
    return static_cast<Number>(low + below<Number>(static_cast<Number>(high - low + 1)));
  }
  bool permille(unsigned chances) { return below(1000u) < chances; }
  template <class Value>
  const Value& one_of(const std::vector<Value>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace trunkline::sim
