// The records of one log, in memory, from some lsn on: what MemoryDisk has for a disk, and what
// LmdbStore holds of its log's tail. Also the rising lists of lsn that index them.
//
// Threads: one owner; views stay good until their record is dropped (appending moves nothing).
#pragma once

#include <algorithm>
#include <deque>
#include <vector>

#include "wire/check.h"
#include "wire/ids.h"

namespace trunkline::persistence {

class RecordLog {
 public:
  // `first`: the lsn that the first record appended will have.
  explicit RecordLog(wire::Lsn first = 1) : first_(first) {}

  wire::Lsn first() const { return first_; }
  wire::Lsn last() const { return first_ + records_.size() - 1; }  // first() - 1: empty
  bool empty() const { return records_.empty(); }
  std::size_t size() const { return records_.size(); }
  std::size_t bytes() const { return bytes_; }

  // REQUIRES: first() <= lsn <= last().
  wire::BytesView at(wire::Lsn lsn) const {
    TRUNKLINE_CHECK(lsn >= first_ && lsn <= last(), "a record is asked for where the log has it");
    return records_[lsn - first_];
  }
  // Returns its lsn.
  wire::Lsn append(wire::Bytes record) {
    bytes_ += record.size();
    records_.push_back(std::move(record));
    return last();
  }
  void drop_up_to(wire::Lsn lsn) {
    while (!records_.empty() && first_ <= lsn) {
      bytes_ -= records_.front().size();
      records_.pop_front();
      ++first_;
    }
  }

 private:
  wire::Lsn first_;
  std::size_t bytes_ = 0;
  std::deque<wire::Bytes> records_;
};

// A rising list of lsn that grows behind and shrinks in front, 8 bytes an entry: a deque would
// spend half a KiB on each of many short lists.
class LsnList {
 public:
  std::size_t size() const { return lsns_.size() - begin_; }
  bool empty() const { return size() == 0; }
  wire::Lsn operator[](std::size_t index) const { return lsns_[begin_ + index]; }
  void push(wire::Lsn lsn) { lsns_.push_back(lsn); }
  // How many entries are <= lsn.
  std::size_t count_up_to(wire::Lsn lsn) const {
    return static_cast<std::size_t>(std::upper_bound(start(), lsns_.end(), lsn) - start());
  }
  // Returns how many went.
  std::size_t drop_up_to(wire::Lsn lsn) {
    const std::size_t count = count_up_to(lsn);
    begin_ += count;
    if (begin_ > lsns_.size() / 2) {
      lsns_.erase(lsns_.begin(), start());
      begin_ = 0;
    }
    return count;
  }

 private:
  std::vector<wire::Lsn>::const_iterator start() const {
    return lsns_.begin() + static_cast<std::ptrdiff_t>(begin_);
  }
  std::vector<wire::Lsn> lsns_;
  std::size_t begin_ = 0;
};

}  // namespace trunkline::persistence
