#include "tests/edge/rank_double.h"

#include <gsasl.h>

#include "wire/payloads.h"

namespace trunkline::edge {
namespace {

constexpr wire::Epoch kEpoch = 3;
constexpr wire::RankId kRank = 0;
constexpr unsigned kIterations = 4'096;
constexpr std::int64_t kTime = 1'795'513'800'123;

struct Verifier {
  std::string salt = "0123456789abcdef";
  char salted[GSASL_HASH_SHA256_SIZE], client_key[GSASL_HASH_SHA256_SIZE];
  char server_key[GSASL_HASH_SHA256_SIZE], stored_key[GSASL_HASH_SHA256_SIZE];
  explicit Verifier(const std::string& password) {
    gsasl_scram_secrets_from_password(GSASL_HASH_SHA256, password.c_str(), kIterations, salt.data(),
                                      salt.size(), salted, client_key, server_key, stored_key);
  }
  wire::VerifierIs of(wire::BytesView user) const {
    return {user,        salt, {stored_key, sizeof stored_key}, {server_key, sizeof server_key},
            kIterations, 1};
  }
};

}  // namespace

RankDouble::RankDouble(zmq::context_t& zmq, const std::string& endpoint,
                       const std::string& secret_key)
    : router_(zmq, zmq::socket_type::router) {
  router_.set(zmq::sockopt::linger, 0);
  router_.set(zmq::sockopt::rcvtimeo, 5);
  if (!secret_key.empty()) {
    router_.set(zmq::sockopt::curve_server, true);
    router_.set(zmq::sockopt::curve_secretkey, secret_key);
  }
  router_.bind(endpoint);
  endpoint_ = router_.get(zmq::sockopt::last_endpoint);
  thread_ = std::thread([this] { serve(); });
}

RankDouble::~RankDouble() {
  ending_ = true;
  thread_.join();
}

void RankDouble::serve() {
  while (!ending_) {
    zmq::message_t from, batch;
    if (!router_.recv(from)) continue;
    (void)router_.recv(batch);
    take(from.to_string(), batch.to_string_view());
    flush();
  }
}

void RankDouble::take(const std::string& routing_id, wire::BytesView bytes) {
  const auto batch = wire::decode_batch(bytes, wire::Way::port);
  if (!batch) return;
  Port& port = ports_[routing_id];
  port.routing_id = routing_id;
  if (batch->header.number != 0) port.taken = batch->header.number;
  wire::BytesView frames = batch->frames;
  if (port.incarnation == 0 && batch->header.number > 1) {  // rule 8: of a port before our time
    port.incarnation = batch->header.incarnation;
    return say(port, 0, wire::Reset{port.incarnation});
  }
  while (!frames.empty()) {
    const auto frame = wire::next_frame(frames);
    if (!frame) return;
    take_frame(port, *frame);
  }
}

template <class Payload>
void RankDouble::say(Port& port, wire::SessionId session, const Payload& payload,
                     wire::BytesView stamps) {
  wire::FrameHeader header;
  header.address = {kRank, port.id, session};
  port.out.add(header, payload, stamps);
}

void RankDouble::take_frame(Port& port, const wire::FrameView& frame) {
  const wire::SessionId session = frame.header.address.session;
  switch (frame.header.kind) {
    case wire::Kind::hello: {
      ++hellos_;
      port.incarnation = wire::payload_of<wire::Hello>(frame)->incarnation;
      port.id = static_cast<wire::PortId>(ports_.size());
      return say(port, 0,
                 wire::HelloOk{kEpoch, port.incarnation, kRank, port.id, wire::Storage::memory});
    }
    case wire::Kind::verifier: {
      const std::string user(wire::payload_of<wire::Verifier>(frame)->user);
      return say(port, session, Verifier(user).of(user));
    }
    case wire::Kind::attach: {
      const std::string user(wire::payload_of<wire::Attach>(frame)->user);
      attached_[user] = {&port, session, heads_[user]};
      return say(port, session,
                 wire::Attached{wire::make_sepoch(kEpoch, 1), heads_[user], heads_[user], "17",
                                wire::Storage::memory});
    }
    case wire::Kind::detach:
      ++detaches_;
      return;
    case wire::Kind::send:
      return take_send(port, frame);
    case wire::Kind::direct:
      return take_direct(frame);
    case wire::Kind::admin:
      say(port, session, wire::AdminIs{true, false, "trunkline_rank_one 1\n"});
      return say(port, session, wire::AdminIs{true, true, "trunkline_rank_two 2\n"});
    default:
      return;
  }
}

void RankDouble::take_send(Port& port, const wire::FrameView& frame) {
  ++sends_;
  const auto send = wire::payload_of<wire::Send>(frame);
  say(port, frame.header.address.session, wire::Stored{send->tag, frame.header.length});
  const auto found = attached_.find(std::string(send->message.to));
  if (found == attached_.end()) return;
  say(*found->second.port, found->second.session,
      wire::Deliver{++heads_[found->first], kTime, send->message}, frame.stamps);
}

void RankDouble::take_direct(const wire::FrameView& frame) {
  const auto direct = wire::payload_of<wire::Direct>(frame);
  const auto found = attached_.find(std::string(direct->message.to));
  if (found == attached_.end()) return;
  say(*found->second.port, found->second.session, *direct, frame.stamps);
}

void RankDouble::flush() {
  for (auto& [routing_id, port] : ports_) {
    if (port.out.empty()) continue;
    wire::BatchHeader header;
    header.way = wire::Way::port;
    header.epoch = kEpoch;
    header.incarnation = port.incarnation;
    header.number = ++port.number;
    header.consumed = port.taken;
    const wire::Bytes batch = port.out.take(header);
    router_.send(zmq::buffer(routing_id), zmq::send_flags::sndmore);
    router_.send(zmq::buffer(batch), zmq::send_flags::none);
  }
}

}  // namespace trunkline::edge
