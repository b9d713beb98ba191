// What this host does to a thread that only sleeps: how much later than asked it wakes (after Gil
// Tene's jHiccup). What is seen here no server and no generator escapes.
#pragma once

#include <mutex>
#include <thread>

#include "lab/histogram.h"

namespace trunkline::lab {

// Begins at once. Threads: one of its own, which wakes a thousand times a second.
class HiccupMeter {
 public:
  HiccupMeter();
  ~HiccupMeter();
  HiccupMeter(const HiccupMeter&) = delete;
  HiccupMeter& operator=(const HiccupMeter&) = delete;

  // What was seen since the last time, in nanoseconds above the millisecond that was asked for.
  // REQUIRES: `empty` is; the meter goes on with it.
  void take(Histogram& empty);

 private:
  void sleep_and_look();

  std::mutex mutex_;
  Histogram late_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace trunkline::lab
