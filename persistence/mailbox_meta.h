// What is known of a mailbox besides its messages: the fold of all its records that have left the
// log's tail. The archive keeps one for each owner.
#pragma once

#include <optional>
#include <vector>

#include "wire/storage.h"

namespace trunkline::persistence {

// Sums over a mailbox up to some record, without the owner's own messages (wire::MessageRecord).
struct Sums {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

struct MailboxMeta {
  wire::Mseq head = 0;   // last archived; 0: none
  wire::Mseq first = 1;  // first that retention has left; head + 1: none
  std::int64_t head_time_ms = 0;
  Sums head_sums;
  Sums trimmed_sums;               // of the record before `first`
  std::int64_t first_time_ms = 0;  // of the record `first`; 0: none
  std::uint64_t records = 0;       // held, own copies included: what retention bounds
  std::uint64_t bytes = 0;
  std::vector<wire::DeviceCursor> cursors;

  wire::DeviceCursor* cursor_of(wire::BytesView device) {
    for (wire::DeviceCursor& cursor : cursors) {
      if (cursor.device == device) return &cursor;
    }
    return nullptr;
  }
  // The highest number that some device of the owner has received.
  wire::Mseq received() const {
    wire::Mseq highest = 0;
    for (const wire::DeviceCursor& cursor : cursors) highest = std::max(highest, cursor.mseq);
    return highest;
  }
  // One cursor record more: the last one of a device counts, and `forgotten` takes the device out.
  void apply(const wire::CursorRecord& record) {
    if (record.forgotten) {
      std::erase_if(cursors, [&](const auto& cursor) { return cursor.device == record.device; });
    } else if (wire::DeviceCursor* cursor = cursor_of(record.device)) {
      cursor->mseq = record.mseq;
      cursor->seen_ms = record.seen_ms;
    } else {
      cursors.push_back({wire::Bytes(record.device), record.mseq, record.seen_ms});
    }
  }
};

}  // namespace trunkline::persistence
