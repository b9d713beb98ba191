#include "lab/websocket.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

// A server's frame is a client's without the mask.
wire::Bytes unmasked(wire::Bytes frame, std::size_t payload_size) {
  frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) & 0x7fU);
  frame.erase(frame.size() - payload_size - 4, 4);
  return frame;
}

wire::Bytes server_frame(Opcode opcode, wire::BytesView payload, bool last = true) {
  wire::Bytes frame;
  append_client_frame(frame, opcode, payload, 0, last);
  return unmasked(std::move(frame), payload.size());
}

TEST(WebSocket, MaskedHelloIsTheOneOfRfc6455) {
  wire::Bytes frame;
  append_client_frame(frame, Opcode::text, "Hello", 0x3d21fa37);  // bytes 37 fa 21 3d
  EXPECT_EQ(frame, wire::Bytes("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
}

TEST(WebSocket, EveryLengthFormIsReadBack) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 100'000U}) {
    const wire::Bytes payload(size, 'x');
    const wire::Bytes bytes = server_frame(Opcode::binary, payload) + "next";
    wire::BytesView left = bytes;
    ServerFrame frame;
    ASSERT_EQ(take_server_frame(left, frame), Taking::taken) << size;
    EXPECT_EQ(frame.payload, payload);
    EXPECT_EQ(left, "next");
  }
}

TEST(WebSocket, EveryPrefixIsIncomplete) {
  const wire::Bytes bytes = server_frame(Opcode::text, wire::Bytes(300, 'y'));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    wire::BytesView left = wire::BytesView(bytes).substr(0, size);
    ServerFrame frame;
    EXPECT_EQ(take_server_frame(left, frame), Taking::incomplete) << size;
  }
}

TEST(WebSocket, WhatAServerMayNotSendIsBroken) {
  wire::Bytes masked;
  append_client_frame(masked, Opcode::text, "a", 7);
  const wire::Bytes cases[] = {
      masked,
      wire::Bytes("\xc1\x01\x61", 3),                     // a reserved bit
      wire::Bytes("\x83\x01\x61", 3),                     // an unknown opcode
      wire::Bytes("\x09\x01\x61", 3),                     // a ping in parts
      server_frame(Opcode::ping, wire::Bytes(126, 'z')),  // a long ping
  };
  for (const wire::Bytes& bytes : cases) {
    wire::BytesView left = bytes;
    ServerFrame frame;
    EXPECT_EQ(take_server_frame(left, frame), Taking::broken);
  }
}

TEST(WebSocket, CloseFramesCarryCodeAndReason) {
  const wire::Bytes payload = close_payload(4001, "replaced");
  EXPECT_EQ(close_code(payload), 4001);
  EXPECT_EQ(payload.substr(2), "replaced");
  EXPECT_EQ(close_code({}), 1005);
}

}  // namespace
}  // namespace trunkline::lab
