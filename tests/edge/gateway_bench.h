// A gateway on a bench: verbs for what clients and the rank do to it, and what it made of that.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "edge/gateway.h"
#include "wire/placement.h"

namespace trunkline::edge {

inline constexpr wire::SessionId kAlice = 1, kBob = 2;

class GatewayBench : public ::testing::Test {
 protected:
  static GatewayConfig quiet_config() {
    GatewayConfig config;
    config.edge_name = "edge1";
    config.rates.messages_per_second = config.rates.bytes_per_second = 0;
    return config;
  }
  explicit GatewayBench(GatewayConfig config = quiet_config()) : gateway_(std::move(config)) {}

  // ---- time and turns. Each turn keeps what came out of it in the members below.
  template <class What>
  void step(const What& what) {
    gateway_.step({now_, what}, effects_);
  }
  void turn() {
    step(TurnEnd{});
    for (const ClientAction& action : effects_.actions) keep(action);
    for (const wire::Bytes& batch : effects_.to_rank) keep_batch(batch);
    reopened_ = reopened_ || effects_.reopen;
    wake_at_us_ = effects_.wake_at_us;
    drained_ = effects_.drained;
    effects_.clear();
  }
  void pass_us(std::int64_t us) {
    now_.mono_us += us;
    now_.wall_ms += us / 1000;
    turn();
  }
  // Time passes while the rank beats and confirms.
  void pass_alive_us(std::int64_t us) {
    for (; us > 0; us -= 500'000) {
      rank_beats();
      pass_us(std::min<std::int64_t>(us, 500'000));
    }
  }

  // ---- the rank
  void open_port() {
    reopened_ = false;
    rank_number_ = 0;
    step(PortOpened{++incarnation_});
    turn();
  }
  void hello_ok(wire::Epoch epoch = 7) {
    epoch_ = epoch;
    rank_says(0, wire::HelloOk{epoch, incarnation_, 3, ++port_, wire::Storage::disk});
  }
  void rank_up(wire::Epoch epoch = 7) {
    open_port();
    hello_ok(epoch);
  }
  template <class Payload>
  void rank_says(wire::SessionId session, const Payload& payload) {
    wire::FrameHeader header;
    header.address = {3, port_, session};
    rank_builder_.add(header, payload);
    rank_batch(++rank_number_);
  }
  void rank_beats() { rank_says(0, wire::Beat{}); }
  void rank_batch(std::uint64_t number) {
    wire::BatchHeader header;
    header.epoch = epoch_;
    header.incarnation = incarnation_;
    header.number = number;
    header.consumed = confirming_ ? edge_number_ : 0;
    const wire::Bytes batch = rank_builder_.take(header);
    step(FromRank{batch});
    turn();
  }

  // ---- clients
  void login(wire::SessionId session, wire::BytesView user, wire::Mseq cursor = wire::kNoMseq) {
    LoggedIn login;
    login.session = session;
    login.user = user;
    login.device = "phone";
    login.cursor = cursor;
    login.auth_version = 1;
    step(login);
    turn();
  }
  void attached(wire::SessionId session, wire::Sepoch sepoch, wire::Mseq cursor = 0,
                wire::BytesView mailbox = "m1") {
    rank_says(session, wire::Attached{sepoch, cursor, cursor, mailbox, wire::Storage::disk});
  }
  void online(wire::SessionId session, wire::BytesView user) {
    login(session, user);
    attached(session, wire::make_sepoch(7, static_cast<std::uint32_t>(session)));
    flush(session);
  }
  template <class Payload>
  void client_says(wire::SessionId session, const Payload& payload, std::size_t size = 0) {
    const wire::Bytes frame = wire::encoded(wire::FrameHeader{}, payload);
    const auto view = wire::decode(frame, wire::kFrameBytesHardMax);
    ASSERT_TRUE(view);
    step(FromClient{session, *view, size == 0 ? frame.size() : size});
  }
  void client_sends(wire::SessionId session, wire::BytesView id, wire::BytesView to,
                    wire::BytesView body = "hi") {
    wire::Send send;
    send.message = {wire::MessageClass::stored, "", "", to, id, body, {}};
    client_says(session, send);
  }
  void flush(wire::SessionId session) {
    step(Flushed{session, std::exchange(unflushed_[session], 0)});
    turn();
  }
  void deliver(wire::SessionId session, wire::Mseq mseq, wire::BytesView body = "hi") {
    wire::Deliver deliver{mseq, 0, {}};
    deliver.message = {wire::MessageClass::stored, "bob", "pc", "alice", "x", body, {}};
    rank_says(session, deliver);
  }

  // ---- what came out. Each takes what it asks for; views live until the bench is gone.
  template <class Payload>
  std::vector<Payload> told(wire::SessionId session) {
    return taken<Payload>(clients_[session]);
  }
  template <class Payload>
  std::vector<Payload> to_rank() {
    return taken<Payload>(rank_);
  }
  std::vector<std::string> sent_ids() {
    std::vector<std::string> ids;
    for (const wire::Send& send : to_rank<wire::Send>()) ids.emplace_back(send.message.id);
    return ids;
  }
  bool reading(wire::SessionId session) {
    return !reading_.contains(session) || reading_.at(session);
  }
  Gateway::SessionState state(wire::SessionId session) {
    for (const auto& one : gateway_.sessions()) {
      if (one.session == session) return one;
    }
    return {};
  }

  Gateway gateway_;
  GatewayEffects effects_;
  wire::Now now_{1'000'000, 1'700'000'000'000};
  wire::Incarnation incarnation_ = 100;
  wire::Epoch epoch_ = 7;
  wire::PortId port_ = 40;
  wire::BatchBuilder rank_builder_;
  std::uint64_t rank_number_ = 0, edge_number_ = 0;
  bool confirming_ = true;
  bool reopened_ = false, drained_ = false;
  std::int64_t wake_at_us_ = 0;
  std::vector<wire::BatchHeader> batches_;
  std::map<wire::SessionId, wire::Code> closed_;
  std::map<wire::SessionId, bool> reading_;
  std::map<wire::SessionId, std::size_t> unflushed_;
  std::vector<wire::Bytes> verifiers_;  // users of VerifierReady
  std::vector<std::string> admin_answers_;

 private:
  using Frames = std::vector<wire::Bytes>;
  template <class Payload>
  std::vector<Payload> taken(Frames& frames) {
    std::vector<Payload> payloads;
    for (auto frame = frames.begin(); frame != frames.end();) {
      if (wire::decode(*frame, wire::kFrameBytesHardMax)->header.kind != Payload::kKind) {
        ++frame;
        continue;
      }
      kept_.push_back(std::move(*frame));
      frame = frames.erase(frame);
      payloads.push_back(*wire::payload_of<Payload>(*wire::decode(kept_.back())));
    }
    return payloads;
  }
  void keep(const ClientAction& action) {
    if (const auto* frame = std::get_if<ToClient>(&action)) {
      clients_[frame->session].emplace_back(frame->frame);
      unflushed_[frame->session] += frame->frame.size();
    } else if (const auto* close = std::get_if<Close>(&action)) {
      closed_[close->session] = close->code;
    } else if (const auto* reading = std::get_if<Reading>(&action)) {
      reading_[reading->session] = reading->on;
    } else if (const auto* verifier = std::get_if<VerifierReady>(&action)) {
      verifiers_.emplace_back(verifier->verifier.user);
    } else if (const auto* admin = std::get_if<AdminAnswered>(&action)) {
      admin_answers_.emplace_back(admin->text);
    }
  }
  void keep_batch(const wire::Bytes& bytes) {
    const auto batch = wire::decode_batch(bytes, wire::Way::port);
    ASSERT_TRUE(batch);
    batches_.push_back(batch->header);
    if (batch->header.number != 0) edge_number_ = batch->header.number;
    for (wire::BytesView frames = batch->frames; !frames.empty();) {
      rank_.emplace_back(wire::next_frame(frames)->whole);
    }
  }

  std::map<wire::SessionId, Frames> clients_;
  Frames rank_;
  std::deque<wire::Bytes> kept_;
};

}  // namespace trunkline::edge
