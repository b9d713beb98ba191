// One user at their home: account, mailbox numbering, devices with their cursors, the sessions that
// read the mailbox, and who sends to it. Values only; mailboxes.h holds them, and the parts of the
// home (logins, inbox, pumps, cursors, direct routes) work on them.
#pragma once

#include <boost/container/deque.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "routing/remembered_ids.h"
#include "routing/text_map.h"
#include "wire/storage.h"

namespace trunkline::routing {

// Where a mailbox stands after one of its records.
struct Place {
  wire::Mseq mseq = 0;
  std::int64_t time_ms = 0;
  std::uint64_t count_sum = 0, bytes_sum = 0;  // MessageRecord
};

// A session as a reader of the mailbox (rule 22).
struct Pump {
  wire::Mseq position = 0;  // last that was delivered
  bool loading = false;
  struct Untaken {
    wire::Mseq mseq;
    std::size_t bytes;
  };
  std::vector<Untaken> untaken;  // delivered, not yet TAKEN; at most kPumpRecordsMax
  std::size_t untaken_bytes = 0;
};

// A device's session as the registry holds it: one at most, with the highest sepoch attached.
struct Registered {
  wire::Address address;
  wire::Sepoch sepoch = 0;
  Pump pump;
};

struct Device {
  wire::Bytes name;
  wire::Mseq cursor = 0;
  std::int64_t seen_ms = 0;
  bool cursor_dirty = false;  // the cursor moved since its record was last queued
  std::optional<Registered> session;
};

struct SenderName {
  wire::Bytes user, device;
};
struct SenderView {
  wire::BytesView user, device;
  SenderView(wire::BytesView a, wire::BytesView b) : user(a), device(b) {}
  SenderView(const SenderName& name) : user(name.user), device(name.device) {}  // NOLINT: a view
};
struct SenderHash {
  using is_transparent = void;
  using is_avalanching = void;
  std::size_t operator()(const SenderView& sender) const {
    const TextHash hash;
    return hash(sender.user) * 31 + hash(sender.device);
  }
};
struct SenderEqual {
  using is_transparent = void;
  bool operator()(const SenderView& a, const SenderView& b) const {
    return a.user == b.user && a.device == b.device;
  }
};

// One device of a sender, towards this mailbox.
struct Sender {
  RememberedIds remembered;
  bool loading = true;
  std::uint64_t used = 0;  // by the mailbox's count; the longest unused one is forgotten first
};

// How much of `rate` a sender has left here; in messages.
struct Allowance {
  double tokens = 0;
  std::int64_t since_us = 0;
};

struct Mailbox {
  wire::Bytes owner;

  // ---- the account
  bool loaded = false;  // until then only `deferred` means anything
  bool exists = false;
  wire::Bytes account;  // encoded
  bool enabled = false;
  std::uint64_t auth_version = 0;
  wire::Bytes creation;  // the mailbox's creation number, as text
  bool account_changing = false;

  // ---- numbering
  Place head;  // committed
  Place tail;  // queued too

  // ---- quota: what the sums were at the highest cursor. Exact when `cursor` is the highest one;
  // else from an earlier one, and so an upper bound of what is unreceived.
  struct {
    wire::Mseq cursor = 0;
    std::uint64_t count_sum = 0, bytes_sum = 0;
  } received;

  std::vector<Device> devices;  // at most kDevicesPerUserMax

  // ---- senders
  boost::unordered_flat_map<SenderName, std::unique_ptr<Sender>, SenderHash, SenderEqual> senders;
  TextMap<Allowance> allowances;  // by sending user
  std::uint64_t uses = 0;

  // ---- direct routes (protocol section 7)
  boost::container::small_vector<wire::RankId, 2> hinted;  // ranks that know where the owner is
  wire::RankId sole_at = wire::kNoRank;                    // that rank was told `sole`

  // ---- waiting and pinning
  // While something about it is being read, frames wait here in the order they came.
  boost::container::deque<wire::Bytes> deferred;
  std::size_t deferred_bytes = 0;
  unsigned blocks = 0;  // reads that frames wait for
  unsigned pins = 0;    // operations and reads that will come back to this mailbox
  boost::container::small_vector<Mailbox*, 1> loaded_for;  // blocked until this one is loaded
  bool grown = false;     // has new committed records that its pumps have not been told of
  bool released = false;  // Mailboxes looks at the end of the step whether it is idle

  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
      idle;  // in the order of last use, while nothing holds it in memory

  Device* device(wire::BytesView name) {
    for (Device& each : devices) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }
  // The session that is registered with exactly this sepoch at this address; else nullptr.
  Device* session_of(wire::BytesView name, wire::Sepoch sepoch, const wire::Address& address) {
    Device* found = device(name);
    const bool is_it = found != nullptr && found->session && found->session->sepoch == sepoch &&
                       found->session->address == address;
    return is_it ? found : nullptr;
  }
  bool has_sessions() const {
    for (const Device& each : devices) {
      if (each.session) return true;
    }
    return false;
  }
  wire::Mseq highest_cursor() const {
    wire::Mseq highest = 0;
    for (const Device& each : devices) {
      if (each.cursor > highest) highest = each.cursor;
    }
    return highest;
  }
};

// Gives a record the next place in a mailbox, which it takes hold of until it is committed or taken
// back, and encodes it. `counts`: against the owner's quota.
wire::Bytes place(Mailbox& mailbox, wire::MessageRecord& record, const wire::Now& now, bool counts);

}  // namespace trunkline::routing
