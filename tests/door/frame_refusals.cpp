// Frames that are none, and frames that are not a client's to send.
#include "tests/door/refusal.h"
#include "wire/crc32c.h"

namespace trunkline::tests {
namespace {

using wire::Bytes;

// With the checksum that belongs to it, as one who means it would send it.
Bytes sealed(Bytes frame) {
  const auto crc = wire::crc32c(std::string_view(frame).substr(8));
  wire::store_le(frame.data() + 4, crc);
  return frame;
}
template <class Number>
Bytes with(Bytes frame, std::size_t at, Number value) {
  wire::store_le(frame.data() + at, value);
  return sealed(frame);
}
Bytes ping() {
  return wire::encoded({}, wire::Ping{"p"});
}
wire::MessageView message(wire::MessageClass message_class, wire::BytesView to = "bob",
                          wire::BytesView id = "m") {
  return {message_class, "", "", to, id, "b", {}};
}
Bytes send_of(const wire::MessageView& view) {
  return wire::encoded({}, wire::Send{0, 0, view});
}

struct Row {
  const char* name;
  Bytes bytes;
  const char* why;  // how the error's text says it
};

std::vector<Row> corrupted() {
  constexpr std::size_t kLength = 0, kVersion = 8, kKind = 9, kFlags = 10, kZero = 20;
  const auto u32 = [](std::uint32_t number) { return number; };
  Bytes changed = ping();
  changed[33] = static_cast<char>(changed[33] ^ 1);
  Bytes checksum = ping();
  checksum[4] = static_cast<char>(checksum[4] ^ 1);
  Bytes padding = ping();
  padding.back() = 1;
  Bytes overrun = ping();
  overrun[32] = 60;  // bytes of the name
  return {
      {"nothing", "", "too_short"},
      {"text", "hello", "too_short"},
      {"31 bytes", ping().substr(0, 31), "too_short"},
      {"all but the last byte", ping().substr(0, ping().size() - 1), "too_short"},
      {"one byte more", ping() + "x", "too_short"},
      {"two frames, the second cut", ping() + ping().substr(0, 20), "too_short"},
      {"zeros", Bytes(64, '\0'), "bad_length"},
      {"a length of 0", with(ping(), kLength, u32(0)), "bad_length"},
      {"a length below the header", with(ping(), kLength, u32(24)), "bad_length"},
      {"a length that is no multiple of 8", with(ping(), kLength, u32(33)), "bad_length"},
      {"a length above all limits", with(ping(), kLength, u32(0xfffffff8)), "bad_length"},
      {"a length of 8 more", with(ping(), kLength, u32(48)), "too_short"},
      {"version 0", with(ping(), kVersion, std::uint8_t{0}), "bad_version"},
      {"version 2", with(ping(), kVersion, std::uint8_t{2}), "bad_version"},
      {"kind 0", with(ping(), kKind, std::uint8_t{0}), "bad_kind"},
      {"kind 200", with(ping(), kKind, std::uint8_t{200}), "bad_kind"},
      {"an unknown flag", with(ping(), kFlags, std::uint16_t{0x8000}), "bad_flags"},
      {"bytes that must be zero", with(ping(), kZero, u32(1)), "bad_flags"},
      {"a stamp block that is not there", with(ping(), kFlags, std::uint16_t{wire::kLab}),
       "bad_length"},
      {"a changed byte", changed, "bad_checksum"},
      {"a changed checksum", checksum, "bad_checksum"},
      {"padding that is not zero", sealed(padding), "a field is missing or out of range"},
      {"a name that runs over the end", sealed(overrun), "a field is missing or out of range"},
      {"no payload",
       with(sealed(wire::encoded({}, wire::Bye{})), kKind,
            static_cast<std::uint8_t>(wire::Kind::ping)),
       "a field is missing or out of range"},
  };
}

std::vector<Row> out_of_range() {
  const char* why = "a field is missing or out of range";
  Bytes unknown_class = send_of(message(wire::MessageClass::stored));
  unknown_class[48] = 9;  // behind tag and sepoch
  return {
      {"an empty id", send_of(message(wire::MessageClass::stored, "bob", "")), why},
      {"an empty receiver", send_of(message(wire::MessageClass::stored, "")), why},
      {"an id of 65 bytes", send_of(message(wire::MessageClass::stored, "bob", Bytes(65, 'i'))),
       why},
      {"an id with a control character", send_of(message(wire::MessageClass::stored, "bob", "a\n")),
       why},
      {"a receiver that is no UTF-8", send_of(message(wire::MessageClass::stored, "b\xff")), why},
      {"an unknown class", sealed(unknown_class), why},
      {"a stored message as direct",
       wire::encoded({}, wire::Direct{0, message(wire::MessageClass::stored)}), why},
      {"a direct message as stored", send_of(message(wire::MessageClass::direct)), why},
      {"received of 2^53", wire::encoded({}, wire::ClientReceived{wire::kNumberMax + 1}), why},
      {"a history before 2^53",
       wire::encoded({}, wire::ClientHistory{"", wire::kNumberMax + 1, 1, "r"}), why},
      {"a history with a name of 65 bytes",
       wire::encoded({}, wire::ClientHistory{Bytes(65, 'n'), 1, 1, "r"}), why},
  };
}

std::vector<Row> of_the_cluster() {
  const char* why = "not an operation of a client";
  const wire::MessageView stored = message(wire::MessageClass::stored);
  return {
      {"admin: add a user",
       wire::encoded({}, wire::Admin{wire::AdminVerb::user_add, wire::kNoRank, "eve", "x"}), why},
      {"admin: stop", wire::encoded({}, wire::Admin{wire::AdminVerb::stop, 0, {}, {}}), why},
      {"admin: sessions", wire::encoded({}, wire::Admin{wire::AdminVerb::sessions, 0, {}, {}}),
       why},
      {"admin: admit an edge",
       wire::encoded({}, wire::Admin{wire::AdminVerb::edge_allow, 0, {}, Bytes(40, 'k')}), why},
      {"admin's answer", wire::encoded({}, wire::AdminIs{}), why},
      {"hello", wire::encoded({}, wire::Hello{"edge1", 0, 1}), why},
      {"hello_ok", wire::encoded({}, wire::HelloOk{}), why},
      {"reset", wire::encoded({}, wire::Reset{1}), why},
      {"beat", wire::encoded({}, wire::Beat{}), why},
      {"verifier of a user", wire::encoded({}, wire::Verifier{"bob"}), why},
      {"a verifier", wire::encoded({}, wire::VerifierIs{}), why},
      {"attach as somebody", wire::encoded({}, wire::Attach{"bob", "phone", 0, 0, {}, 1}), why},
      {"attached", wire::encoded({}, wire::Attached{}), why},
      {"replaced", wire::encoded({}, wire::Replaced{1}), why},
      {"revoked", wire::encoded({}, wire::Revoked{}), why},
      {"detach of somebody", wire::encoded({}, wire::Detach{"bob", "phone", 1}), why},
      {"stored", wire::encoded({}, wire::Stored{1, 0}), why},
      {"refused", wire::encoded({}, wire::Refused{}), why},
      {"fenced", wire::encoded({}, wire::Fenced{}), why},
      {"deliver", wire::encoded({}, wire::Deliver{1, 1, stored}), why},
      {"trimmed", wire::encoded({}, wire::Trimmed{1}), why},
      {"taken for somebody", wire::encoded({}, wire::Taken{"bob", "phone", 1, 1}), why},
      {"received for somebody", wire::encoded({}, wire::Received{"bob", "phone", 1, 1}), why},
      {"the history of somebody",
       wire::encoded({}, wire::History{"bob", "phone", 1, {}, wire::kNoMseq, 50, "r"}), why},
      {"a page", wire::encoded({}, wire::Page{}), why},
      {"a copy", wire::encoded({}, wire::Copy{1, 1, "x"}), why},
      {"copied", wire::encoded({}, wire::Copied{1, 1}), why},
      {"a hint", wire::encoded({}, wire::Hint{"bob", 0, 99}), why},
      {"sole", wire::encoded({}, wire::Sole{"bob", true, 99}), why},
      {"direct refused", wire::encoded({}, wire::DirectRefused{}), why},
      {"welcome", wire::encoded({}, wire::Welcome{}), why},
      {"error", wire::encoded({}, wire::Error{}), why},
      {"move", wire::encoded({}, wire::Move{"ws://elsewhere.example"}), why},
      {"pong", wire::encoded({}, wire::Pong{"p"}), why},
  };
}

std::string said(Door& door, const Bytes& bytes) {
  Caller caller = door.stranger(Caller::Speaks::bin);
  caller.log_in(door.new_user("alice"));
  caller.say_frame(bytes);
  std::string error;
  do {
    error = caller.answer();
  } while (error == "pong");  // of a good frame before the bad one
  return error + " (" + caller.more() + "), " + caller.ending();
}

}  // namespace

std::vector<Refusal> frame_refusals() {
  std::vector<Refusal> all;
  for (const auto& rows : {corrupted(), out_of_range(), of_the_cluster()}) {
    for (const Row& row : rows) {
      all.push_back({"frame", row.name,
                     [bytes = row.bytes](Door& door) { return said(door, bytes); },
                     "error bad_request (" + std::string(row.why) + "), close 1008"});
    }
  }
  return all;
}

}  // namespace trunkline::tests
