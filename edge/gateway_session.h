// What the gateway keeps for one socket. Small, because there are many idle ones.
#pragma once

#include <list>
#include <optional>
#include <vector>

#include "wire/codec.h"

namespace trunkline::edge {

// A SEND that is unanswered: told to the client and taken out by STORED or REFUSED.
struct Held {
  wire::Tag tag = 0;
  wire::Bytes frame;
  wire::Slot slot = 0;
  std::int64_t since_us = 0;  // received, sent, or lost with its port: whichever came last
  std::uint64_t batch = 0;    // it was sent in, on the port as it is now; 0: not sent
  wire::Send send() const;    // views into `frame`
};

struct HistoryRequest {
  wire::Bytes with, ref;
  wire::Mseq before = wire::kNoMseq;
  std::uint32_t limit = 0;
  std::int64_t since_us = 0;
  bool sent = false;   // on the port as it is now
  bool begun = false;  // some frame of its page has reached the client
};

// A client frame that cannot be taken yet; the socket is not read meanwhile.
struct Parked {
  wire::Bytes frame;
  std::size_t size = 0;
};

enum class Phase : std::uint8_t {
  verifying,  // waits for a verifier
  attaching,  // logged in, waits for its first ATTACHED
  live,       // has been welcomed
  gone,       // its socket is closed, but the rank still owes answers for it
};

struct Session {
  wire::SessionId id = 0;
  Phase phase = Phase::verifying;
  bool attached = false;            // ATTACHED came on the port as it is now
  bool attach_outstanding = false;  // ATTACH was sent, and not answered
  bool reading = true;
  bool waits_for_port = false;  // stands in one of the gateway's lines for room
  bool received_owed = false, taken_owed = false, in_turn = false;

  wire::Bytes user, device, mailbox, sasl_data;
  wire::Slot slot = 0;  // of the user
  std::uint64_t auth_version = 0;
  wire::Sepoch sepoch = 0;
  wire::Mseq cursor_asked = wire::kNoMseq;
  std::int64_t login_deadline_us = 0;
  std::int64_t attach_again_us = 0;  // the home asked for patience
  std::int64_t bye_deadline_us = 0;  // 0: did not say bye
  std::int64_t go_deadline_us = 0;   // 0: no drain has come to it

  std::list<Held> held;
  std::size_t held_bytes = 0;
  wire::Tag last_tag = 0;

  // written: last mseq given to the socket; taken: last one that has left for it; received:
  // acknowledged by the client. Always received, taken <= written.
  wire::Mseq written = 0, taken = 0, received = 0;
  // The outbox as running counts of bytes, and where each DELIVER in it ends.
  std::uint64_t outbox_in = 0, outbox_out = 0;
  struct InOutbox {
    wire::Mseq mseq;
    std::uint64_t end;
  };
  std::vector<InOutbox> deliveries;
  std::int64_t progress_us = 0;  // when the socket last took a byte, or had nothing to take

  std::optional<HistoryRequest> history;
  std::vector<Parked> parked;
  double message_tokens = 0, byte_tokens = 0;
  std::int64_t refilled_us = 0;
  std::int64_t timer_us = 0;  // its place in the gateway's timers; 0: none

  std::size_t outbox_bytes() const { return static_cast<std::size_t>(outbox_in - outbox_out); }
  bool is_gone() const { return phase == Phase::gone; }
  // Nothing more will come from the rank for it.
  bool is_settled() const {
    return held.empty() && !attach_outstanding && !(history && history->sent);
  }
  // Every answer that the client waits for has been given.
  bool owes_client() const { return !held.empty() || history.has_value() || !parked.empty(); }
};

}  // namespace trunkline::edge
