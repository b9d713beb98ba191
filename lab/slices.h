// What a run measures, second by second. The load's thread fills the slice of this second and never
// waits: a thread of its own takes each slice over, adds it to the whole, and hands it to whoever
// writes it down.
#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lab/histogram.h"
#include "lab/steadiness.h"
#include "lab/tally.h"
#include "lab/within_launch.h"
#include "wire/bytes.h"

namespace trunkline::lab {

struct Times {
  Histogram shown, stored, lateness;  // ns from the moment when a message was due
  Histogram hiccups;                  // of this host (hiccups.h)

  void add(const Times& other) {
    shown.add(other.shown);
    stored.add(other.stored);
    lateness.add(other.lateness);
    hiccups.add(other.hiccups);
  }
  void clear() {
    shown.clear();
    stored.clear();
    lateness.clear();
    hiccups.clear();
  }
};

// A tenth of a second of what was shown.
struct SliceTenth {
  Histogram shown;
  double outstanding = 0;  // messages under way at its end
};
inline constexpr std::size_t kTenthsPerSlice = 10;

struct Slice {
  double begin_s = 0, length_s = 0;  // from the beginning of what is measured
  TallySums sums;                    // of what happened in it
  std::uint64_t outstanding = 0;     // messages under way at its end
  double generator_cores = 0;        // CPU time of this process in the slice over its length
  Times times;                       // what was shown is added to it when the slice is handed over
  std::array<SliceTenth, kTenthsPerSlice> tenths;
  std::size_t tenths_over = 0;  // of them; what comes later is in the next
  wire::Bytes traced;           // stamp blocks as they came (launch_record.h)
};
// Where what is shown now is recorded.
inline Histogram& shown_now(Slice& slice) {
  return slice.tenths[std::min(slice.tenths_over, kTenthsPerSlice - 1)].shown;
}

// All slices.
struct Measured {
  Times times;
  std::vector<Tenth> tenths;
  std::vector<SparseCounts> shown_by_tenth;  // the last has what came after it too
};
// Called in order, by the thread of Slices.
using OnSlice = std::function<void(const Slice&)>;

// Threads: one uses it; on_slice is called by another.
class Slices {
 public:
  explicit Slices(OnSlice on_slice);
  ~Slices();
  Slices(const Slices&) = delete;
  Slices& operator=(const Slices&) = delete;

  // What is to be filled; another one after each end().
  Slice& now() { return *now_; }
  // Hands this slice over and begins the next.
  void end();
  // Of all slices that were handed over. Waits for on_slice, and throws what it threw. Nothing can
  // be filled afterwards.
  Measured finish();

 private:
  void serve();
  void take(Slice& slice);
  std::unique_ptr<Slice> taken();

  OnSlice on_slice_;
  std::unique_ptr<Slice> now_;
  Measured whole_;  // the thread's, until it has ended
  std::exception_ptr trouble_;

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::unique_ptr<Slice>> full_, empty_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace trunkline::lab
