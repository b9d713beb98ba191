#include "lab/slices.h"

#include <utility>

namespace trunkline::lab {

Slices::Slices(OnSlice on_slice) : on_slice_(std::move(on_slice)), now_(std::make_unique<Slice>()) {
  empty_.push_back(std::make_unique<Slice>());
  thread_ = std::thread([this] { serve(); });
}

Slices::~Slices() {
  if (thread_.joinable()) {
    try {
      finish();
    } catch (...) {  // nobody is left to be told
    }
  }
}

void Slices::end() {
  {
    const std::lock_guard lock(mutex_);
    full_.push_back(std::move(now_));
    if (!empty_.empty()) {
      now_ = std::move(empty_.back());
      empty_.pop_back();
    }
  }
  came_.notify_one();
  if (!now_) now_ = std::make_unique<Slice>();  // the thread is behind
}

Measured Slices::finish() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  came_.notify_one();
  thread_.join();
  if (trouble_) std::rethrow_exception(std::exchange(trouble_, nullptr));
  return std::move(whole_);
}

// The oldest; none: it is over.
std::unique_ptr<Slice> Slices::taken() {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return ends_ || !full_.empty(); });
  if (full_.empty()) return nullptr;
  auto slice = std::move(full_.front());
  full_.erase(full_.begin());
  return slice;
}

// Messages that are shown after the last tenth were under way in it.
void Slices::take(Slice& slice) {
  for (std::size_t i = 0; i < slice.tenths.size(); ++i) {
    Histogram& shown = slice.tenths[i].shown;
    if (i < slice.tenths_over) {
      whole_.tenths.push_back(
          {static_cast<double>(shown.at(0.5)) / 1000, slice.tenths[i].outstanding});
      whole_.shown_by_tenth.push_back(sparse_counts(shown));
    } else if (shown.count() > 0 && !whole_.shown_by_tenth.empty()) {
      SparseCounts& last = whole_.shown_by_tenth.back();
      const SparseCounts late = sparse_counts(shown);
      last.insert(last.end(), late.begin(), late.end());
    }
    slice.times.shown.add(shown);
  }
  whole_.times.add(slice.times);
}

void Slices::serve() {
  while (auto slice = taken()) {
    take(*slice);
    try {
      if (on_slice_ && !trouble_) on_slice_(*slice);
    } catch (...) {
      trouble_ = std::current_exception();
    }
    slice->times.clear();
    slice->traced.clear();
    slice->tenths_over = 0;
    for (SliceTenth& tenth : slice->tenths) {
      tenth.shown.clear();
      tenth.outstanding = 0;
    }
    const std::lock_guard lock(mutex_);
    empty_.push_back(std::move(slice));
  }
}

}  // namespace trunkline::lab
