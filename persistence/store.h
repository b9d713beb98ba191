// What every store offers; LMDB's, the memory one's, and later one on shared storage. Nothing
// outside persistence/ knows what an environment is, nothing inside it knows what a router is: they
// agree on wire/storage.h. One contract test (tests/persistence) holds for all of them.
//
// Threads: one owner thread calls everything; a store may have writers of its own inside.
#pragma once

#include <concepts>
#include <vector>

#include "wire/storage.h"

namespace trunkline::persistence {

// open: a constructor that takes a config; throws std::runtime_error with what to do when it cannot
// serve this data (another process has it: names the pid; foreign, newer, another slot map; a
// network file system). It has the lock until it is destroyed.
//
//   opened()         what the router starts from. Stays what it was at opening.
//   begin(epoch)     stores the epoch of this job, durably, before it returns. Older writers are
//                    fenced: an append of theirs is refused from now on. REQUIRES: once, before
//                    submit.
//   submit(ops)      takes operations in order; never blocks on the disk, never refuses: full is
//                    told by TakenBack, a commit that failed otherwise ends the process (protocol
//                    rule 21).
//   load(load, out)  a read. True: `out` is the answer. False: it comes by poll().
//   poll(events)     appends what has happened since: Durable, TakenBack, Loaded, trims. Never
//                    blocks.
//   event_fd()       readable when poll() has something; -1 where it never need be watched.
//   queued()         operations submitted and not yet answered.
template <class S>
concept Store = requires(S store, const S& constant, wire::Epoch epoch,
                         std::vector<wire::StoreOp> ops, const wire::Load& load, wire::Loaded& out,
                         std::vector<wire::StoreEvent>& events) {
  { constant.opened() } -> std::same_as<const wire::StoreOpened&>;
  {store.begin(epoch)};
  {store.submit(std::move(ops))};
  { store.load(load, out) } -> std::same_as<bool>;
  {store.poll(events)};
  { constant.event_fd() } -> std::same_as<int>;
  { constant.queued() } -> std::same_as<std::size_t>;
};

// `commit_us`: what the commits took, from the first record put to the return from the disk.
// `trimmed` counts MailboxTrimmed, `damaged` how often something stored was found changed and left
// out (STORE-DAMAGE on stderr), the others what their names say.
struct StoreCounters {
  std::uint64_t commits = 0, commit_us = 0, records = 0, bytes = 0, taken_back = 0, archived = 0,
                trimmed = 0, loads = 0, damaged = 0;
};

}  // namespace trunkline::persistence
