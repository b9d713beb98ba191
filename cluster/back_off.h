// How long to wait before something that has died is started again: not at all after a long life,
// else twice as long each time, with jitter, so that many supervisors do not act at once. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace trunkline::cluster {

class BackOff {
 public:
  using Ms = std::chrono::milliseconds;
  static constexpr Ms kFirst{200};
  static constexpr Ms kMax{10'000};
  static constexpr Ms kStable{2'000};  // what lived that long starts again at once

  // `lived`: how long it served, 0 where it never did. `chance`: any random number; up to a quarter
  // is added by it.
  Ms next(std::chrono::steady_clock::duration lived, unsigned chance) {
    last_ = lived > kStable ? Ms{0} : std::min(kMax, std::max(kFirst, last_ * 2));
    return last_ + Ms(chance % static_cast<unsigned>(last_.count() / 4 + 1));
  }

 private:
  Ms last_{0};  // without jitter
};

}  // namespace trunkline::cluster
