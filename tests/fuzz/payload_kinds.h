// Every payload type of the wire, for what holds for all of them.
#pragma once

#include "wire/codec.h"

namespace trunkline::fuzz {

// Calls what(std::type_identity<Payload>) for each payload type.
template <class What>
void for_each_payload(const What& what) {
  const auto each = [&what]<class... Payloads>() { (what(std::type_identity<Payloads>()), ...); };
  using namespace wire;
  each.template
  operator()<Hello, HelloOk, Reset, Beat, Verifier, VerifierIs, Attach, Attached, AttachRefused,
             Replaced, Revoked, Detach, Send, Stored, Refused, Fenced, Deliver, Trimmed, Taken,
             Received, History, Page, Copy, Copied, Direct, Hint, DirectRefused, Sole, Admin,
             AdminIs, Auth, Challenge, Response, Welcome, ClientStored, ClientRefused,
             ClientReceived, ClientHistory, Ping, Pong, Bye, Move, Error>();
}

}  // namespace trunkline::fuzz
