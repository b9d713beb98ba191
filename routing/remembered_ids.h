// What a home remembers of one device that sends to one mailbox: its newest login, and the last R
// messages by their prints (protocol sections 2 and 4, rules 13 to 18).
#pragma once

#include <boost/container/deque.hpp>
#include <optional>
#include <vector>

#include "wire/storage.h"

namespace trunkline::routing {

class RememberedIds {
 public:
  explicit RememberedIds(std::size_t capacity) : capacity_(capacity) {}

  // REQUIRES: nothing was added yet. `entries`: oldest first.
  void load(const std::vector<wire::Remembered>& entries);

  wire::Sepoch known() const { return known_; }

  struct Seen {
    std::optional<wire::Op> queued;  // the operation whose commit it waits for; none: committed
  };
  std::optional<Seen> find(wire::Print print) const;

  // A message was queued as operation `op`.
  void add(wire::Print print, wire::Sepoch sepoch, wire::Op op);
  // The oldest queued one is durable.
  void committed() { queued_.pop_front(); }
  // The newest queued one is taken back. `forget` false: a planted fault (keep_ring).
  void take_back(bool forget);
  bool has_queued() const { return !queued_.empty(); }

  std::size_t bytes() const { return sizeof(*this) + prints_.capacity() * sizeof(wire::Print); }

 private:
  std::size_t capacity_;
  wire::Sepoch known_ = 0;
  std::vector<wire::Print> prints_;  // a ring once it is full: the next one replaces prints_[next_]
  std::size_t next_ = 0;
  // Operations of the newest prints, oldest first: what is not in here is committed.
  boost::container::deque<wire::Op> queued_;
};

}  // namespace trunkline::routing
