#include "lab/hiccups.h"

#include <sys/prctl.h>
#include <time.h>

#include <utility>

#include "lab/clock.h"

namespace trunkline::lab {
namespace {

constexpr std::int64_t kPauseNs = 1'000'000;

}  // namespace

HiccupMeter::HiccupMeter() : thread_([this] { sleep_and_look(); }) {}

HiccupMeter::~HiccupMeter() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  thread_.join();
}

void HiccupMeter::take(Histogram& empty) {
  const std::lock_guard lock(mutex_);
  std::swap(late_, empty);
}

void HiccupMeter::sleep_and_look() {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  constexpr timespec kPause{0, kPauseNs};
  for (;;) {
    const std::int64_t begin_ns = now_ns();
    ::nanosleep(&kPause, nullptr);
    const std::int64_t late_ns = now_ns() - begin_ns - kPauseNs;
    const std::lock_guard lock(mutex_);
    if (ends_) return;
    late_.record(late_ns);
  }
}

}  // namespace trunkline::lab
