// The gateway from inside. Parts, one file each: gateway.cpp (events and turns), gateway_client.cpp
// (what clients say), gateway_rank.cpp (what the rank says), gateway_attach.cpp (logins, re-attach,
// the port's life), gateway_clock.cpp (deadlines, rates), gateway_drain.cpp (the way out).
#pragma once

#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

#include "edge/gateway.h"
#include "edge/gateway_port.h"
#include "edge/gateway_session.h"
#include "wire/placement.h"

namespace trunkline::edge {

std::string_view text_of(wire::Code code);  // for people

// Bytes that may come at once: four seconds' worth of the rate.
inline constexpr double kByteBurstSeconds = 4;

struct Gateway::State {
  explicit State(GatewayConfig config);

  GatewayConfig config;
  GatewayCounters counters;

  Port port;
  bool up = false;  // HELLO_OK came; the next four are of the last time it was
  wire::Epoch epoch = 0;
  wire::RankId rank = wire::kNoRank;
  wire::PortId port_id = 0;
  wire::Storage storage = wire::Storage::disk;

  std::unordered_map<wire::SessionId, Session> sessions;
  std::set<std::pair<std::int64_t, wire::SessionId>> timers;  // at most one of each session
  std::deque<wire::SessionId> attach_queue;
  std::size_t attaches_outstanding = 0;
  std::size_t histories = 0;  // accepted and not ended, of all sessions
  std::deque<wire::SessionId> send_waiters, history_waiters;  // for room of the port
  std::vector<wire::SessionId> in_turn;                       // owe TAKEN or RECEIVED
  std::vector<wire::SessionId> left;  // may be forgotten at the end of the step
  std::vector<wire::SessionId> admins;

  bool draining = false;
  wire::Code drain_code = wire::Code::draining;
  wire::Bytes drain_urls;
  std::int64_t drain_deadline_us = 0, drain_next_us = 0;
  double drain_share = 0, drain_due = 0;  // sessions whose turn comes with each step; has come

  std::vector<std::pair<wire::SessionId, wire::Bytes>> old_frames;  // a planted fault

  // Of the step that is being made.
  wire::Now now;
  GatewayEffects* out = nullptr;

  // ---- events (gateway.cpp tells which file)
  void on(const VerifierAsked& event);
  void on(const LoggedIn& event);
  void on(const FromClient& event);
  void on(const Flushed& event);
  void on(const SocketClosed& event);
  void on(const FromRank& event);
  void on(const PortOpened& event);
  void on(const PortMoved&) { break_port(); }
  void on(const AdminAsked& event);
  void on(const DrainAsked& event);
  void on(const DrainCancelled& event);
  void on(const RatesChanged& event);
  void on(const OrderDone& event);
  void on(const TurnEnd& event);

  // ---- sessions
  Session* find(wire::SessionId id);
  std::vector<wire::SessionId> sorted_ids() const;  // where order shows
  void close(Session& session, wire::Code code, std::string_view text);
  void leave(Session& session);  // it has no socket any more
  void forget_left();
  void drop_held(Session& session, std::list<Held>::iterator held);
  void end_history(Session& session);
  void close_if_said_bye(Session& session);
  bool is_live(const Session& session) const { return session.phase == Phase::live; }

  // ---- to clients
  void pass(Session& session, wire::BytesView frame);
  template <class Payload>
  void tell(Session& session, const Payload& payload) {
    out->made.push_back(wire::encoded(wire::FrameHeader{}, payload));
    pass(session, out->made.back());
  }
  void refuse(Session& session, const wire::ClientRefused& refused);
  void update_reading(Session& session);

  // ---- from clients
  bool has_room(const Session& session) const;
  bool port_has_room() const;
  bool can_take(Session& session, wire::Kind kind);
  void take(Session& session, const wire::FrameView& frame, std::size_t size);
  void take_send(Session& session, const wire::FrameView& frame, std::size_t size);
  void take_direct(Session& session, const wire::FrameView& frame, std::size_t size);
  void take_received(Session& session, const wire::FrameView& frame);
  void take_history(Session& session, const wire::FrameView& frame);
  void take_bye(Session& session);
  bool refuse_too_large(Session& session, const wire::MessageView& message, std::size_t size);
  void park(Session& session, const FromClient& event);
  void wait_for_port(Session& session, wire::Kind kind);
  void unpark(Session& session);
  void unpark_waiters();

  // ---- to the rank
  wire::FrameHeader header(wire::SessionId session, wire::Slot slot) const;
  template <class Payload>
  void send(const wire::FrameHeader& header, const Payload& payload, wire::BytesView stamps = {}) {
    port.builder().add(header, payload, stamps);
    port.added();
  }
  void send_held(const Session& session, Held& held);
  void send_history(Session& session);
  void owe_in_turn(Session& session);
  void send_owed();
  void send_owed(Session& session);

  // ---- from the rank
  void handle(const wire::FrameView& frame);
  void handle_session(Session& session, const wire::FrameView& frame);
  void handle_answer(Session& session, wire::Tag tag, wire::Code code);
  void handle_deliver(Session& session, const wire::FrameView& frame);
  void handle_direct(Session& session, const wire::FrameView& frame);
  void handle_page(Session& session, const wire::FrameView& frame);
  void handle_order(const wire::FrameView& frame);
  void handle_admin(const wire::FrameView& frame);

  // ---- attaching, and the port's life
  void handle_hello_ok(const wire::HelloOk& hello);
  void handle_verifier(Session& session, const wire::VerifierIs& verifier);
  void handle_attached(Session& session, const wire::Attached& attached);
  void handle_attach_refused(Session& session, wire::Code code);
  void end_attach(Session& session);
  void pump_attaches();
  void send_attach(Session& session);
  void welcome(Session& session, const wire::Attached& attached);
  void break_port();
  void lose_port(Session& session);

  // ---- clock
  void schedule(Session& session, std::int64_t at_us);
  void fire_timers();
  void look_at_clock(Session& session);
  void give_up_unsent(Session& session);
  bool is_lost(const Session& session) const;  // rule 7
  std::int64_t deadline_us(Session& session);
  bool within_rates(Session& session);
  void charge(Session& session, wire::Kind kind, std::size_t size);
  std::int64_t rates_deadline_us(const Session& session) const;
  void drain_turn();
  void send_away(Session& session);
};

}  // namespace trunkline::edge
