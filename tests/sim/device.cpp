#include "tests/sim/device.h"

#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace trunkline::sim {

Device::Device(World& world, std::size_t number, wire::Bytes user, wire::Bytes name)
    : world_(world), number_(number), user_(std::move(user)), name_(std::move(name)) {}

// ---- what its user does

void Device::write(const wire::Bytes& to) {
  Chance& chance = world_.chance;
  Letter letter;
  letter.to = to;
  letter.serial = world_.mail.next_serial();
  letter.body = body_of(letter.serial, chance.below(world_.plan.body_bytes_max + 1));
  // An id that was used before, and answered, by a client that lost count.
  const bool reuse = ids_ > 0 && outbox_.empty() && later_.empty() && chance.permille(100);
  letter.id = "m" + std::to_string(reuse ? ids_ : ++ids_);
  world_.mail.written(*this, letter);
  place(letter);
  outbox_.push_back({letter, false});
  // The same id and body to somebody else is another message.
  if (chance.permille(50) && to != user_) {
    letter.to = user_;
    world_.mail.written(*this, letter);
    place(letter);
    outbox_.push_back({letter, false});
  }
  pump();
}

std::uint64_t Device::write_direct(const wire::Bytes& to) {
  if (!welcomed_) return 0;
  const std::uint64_t serial = world_.mail.next_serial();
  const wire::Bytes body = body_of(serial, 8);
  wire::Direct direct;
  direct.message = {wire::MessageClass::direct, {}, {}, to, "d", body, {}};
  say(direct);
  return serial;
}

void Device::ask_history() {
  if (!welcomed_) return;
  wire::ClientHistory ask;
  ask.limit = world_.chance.between(1u, 20u);
  ask.ref = "r";
  say(ask);
}

void Device::say_bye() {
  leaving_ = true;
  say(wire::Bye{});
}

// A new place at the end of the line.
void Device::place(const Letter& letter) {
  world_.note(user_, "/", name_, " writes #", letter.serial, " id ", letter.id, " to ", letter.to);
  world_.mail.placed(letter);
}

// ---- sockets

void Device::connect_later(std::int64_t most_us) {
  if (connecting_) return;
  connecting_ = true;
  world_.schedule.after(world_.delay(most_us), [this, connection = connection_] {
    if (connection != connection_) return;
    connecting_ = false;
    connect();
  });
}

void Device::connect() {
  Edge& edge = world_.edges[world_.chance.below(world_.edges.size())];
  ++connection_;
  if (!edge.alive()) return connect_later(500 * kMs);
  socket_ = std::make_shared<Socket>();
  socket_->device = this;
  socket_->edge = &edge;
  socket_->cursor = cursor_;
  socket_->mailbox = mailbox_;
  world_.sockets.push_back(socket_);
  world_.note(user_, "/", name_, " connects to edge ", edge.number(), " cursor ", cursor_);
  edge.connect(socket_);
  world_.schedule.after(4 * kSecond, [this, connection = connection_] {
    if (connection != connection_ || welcomed_) return;
    leave(true);
    connect_later(100 * kMs);
  });
}

// `told`: the edge hears the socket close; else it goes on writing to nobody.
void Device::leave(bool told) {
  ++connection_;
  welcomed_ = connecting_ = false;
  if (socket_ == nullptr) return;
  const auto socket = std::exchange(socket_, nullptr);
  socket->client_open = false;
  socket->stalled = !told;
  if (!told) return;
  world_.schedule.after(world_.delay(world_.plan.socket_us_max), [socket] {
    socket->fin = true;
    socket->edge->poke();
  });
}

void Device::crash(bool forget) {
  world_.note(user_, "/", name_, " crashes", forget ? ", its outbox is lost" : "");
  leave(world_.chance.permille(700));
  while (!later_.empty()) {
    outbox_.push_back({later_.front(), false});
    place(later_.front());
    later_.pop_front();
  }
  if (forget) {
    for (const Out& out : outbox_) world_.mail.forgotten(out.letter);
    outbox_.clear();
  }
  connect_later(2 * kSecond);
}

void Device::move() {
  world_.note(user_, "/", name_, " moves");
  leave(world_.chance.permille(500));
  connect_later(20 * kMs);
}

void Device::cut() {
  if (socket_ == nullptr) return;
  world_.note(user_, "/", name_, " is cut off");
  socket_->to_edge.keep_first(world_.chance.below(socket_->to_edge.size() + 1));
  socket_->to_client.clear();
  leave(true);
  connect_later(500 * kMs);
}

void Device::stall() {
  if (socket_ != nullptr) socket_->stalled = true;
}

void Device::read_on() {
  if (socket_ == nullptr || !socket_->stalled) return;
  socket_->stalled = false;
  socket_->edge->poke();
}

void Device::send(const wire::Bytes& frame) {
  const std::int64_t arrival = socket_->to_edge.push(
      world_.schedule.now_us() + world_.delay(world_.plan.socket_us_max), frame);
  world_.schedule.at(arrival, [edge = socket_->edge] { edge->poke(); });
}

// What has been sent is always the front of the outbox.
void Device::pump() {
  if (!welcomed_) return;
  std::size_t unanswered = 0;
  for (Out& out : outbox_) {
    if (++unanswered > world_.plan.unanswered_max) return;
    if (out.sent) continue;
    out.sent = true;
    wire::Send send;
    send.message = {
        wire::MessageClass::stored, {}, {}, out.letter.to, out.letter.id, out.letter.body, {}};
    say(send);
    if (world_.plan.impatient) lose_patience();
  }
}

// A user who waits for an answer tries another edge.
void Device::lose_patience() {
  const LetterKey key = outbox_.front().letter.key();
  world_.schedule.after(world_.chance.between(500 * kMs, 3 * kSecond),
                        [this, key, connection = connection_] {
                          if (connection != connection_ || world_.at_peace()) return;
                          if (!outbox_.empty() && outbox_.front().letter.key() == key) move();
                        });
}

// ---- what it hears

void Device::listen() {
  while (socket_ != nullptr && socket_->to_client.ready(world_.schedule.now_us())) {
    const Socket::ToClient item = socket_->to_client.pop();
    if (item.frame.empty()) return hear_close(item.code, item.plainly);
    const auto frame = wire::decode(item.frame);
    TRUNKLINE_CHECK(frame, "a client is told frames");
    hear(*frame);
  }
}

void Device::hear(const wire::FrameView& frame) {
  if (world_.trace.on()) world_.note(user_, "/", name_, " hears ", describe(frame));
  switch (frame.header.kind) {
    case wire::Kind::welcome:
      return hear_welcome(*wire::payload_of<wire::Welcome>(frame));
    case wire::Kind::deliver:
      return hear_deliver(*wire::payload_of<wire::Deliver>(frame));
    case wire::Kind::trimmed:
      cursor_ = acknowledged_ = wire::payload_of<wire::Trimmed>(frame)->from - 1;
      return;
    case wire::Kind::client_stored: {
      const auto stored = wire::payload_of<wire::ClientStored>(frame);
      return hear_answer(stored->id, stored->to, wire::Code::ok);
    }
    case wire::Kind::client_refused: {
      const auto refused = wire::payload_of<wire::ClientRefused>(frame);
      if (!refused->id.empty()) hear_answer(refused->id, refused->to, refused->code);
      return;
    }
    case wire::Kind::page:
      return world_.mail.paged(*this, *wire::payload_of<wire::Page>(frame));
    case wire::Kind::direct:
      return world_.mail.shown_direct(*this, *wire::payload_of<wire::Direct>(frame));
    default:
      return;
  }
}

void Device::hear_welcome(const wire::Welcome& welcome) {
  welcomed_ = true;
  mailbox_ = welcome.mailbox;
  acknowledging_ = false;
  acknowledged_ = cursor_;
  for (Out& out : outbox_) out.sent = false;
  pump();
}

void Device::hear_deliver(const wire::Deliver& deliver) {
  if (deliver.mseq <= cursor_) return;
  world_.mail.shown(*this, deliver);
  cursor_ = deliver.mseq;
  if (!world_.plan.lazy_readers || world_.at_peace()) return acknowledge();
  if (std::exchange(acknowledging_, true)) return;
  world_.schedule.after(world_.delay(kSecond), [this, connection = connection_] {
    if (connection == connection_) acknowledge();
  });
}

void Device::acknowledge() {
  acknowledging_ = false;
  acknowledged_ = cursor_;
  say(wire::ClientReceived{cursor_});
}

void Device::hear_answer(wire::BytesView id, wire::BytesView to, wire::Code code) {
  for (auto out = outbox_.begin(); out != outbox_.end(); ++out) {
    if (!out->sent || out->letter.id != id || out->letter.to != to) continue;
    const Letter letter = out->letter;
    outbox_.erase(out);
    if (code == wire::Code::ok) {
      world_.mail.told_stored(letter);
    } else if (id.substr(0, 1) == "d") {
      return;
    } else {
      world_.mail.refused(letter.key());
      if (wire::may_retry(code)) {
        try_again_later(letter);
      } else {
        world_.mail.refused_for_good(letter, code);
      }
    }
    return pump();
  }
}

void Device::try_again_later(const Letter& letter) {
  later_.push_back(letter);
  world_.schedule.after(world_.delay(500 * kMs), [this, key = letter.key()] {
    for (auto one = later_.begin(); one != later_.end(); ++one) {
      if (one->key() != key) continue;
      outbox_.push_back({*one, false});
      place(*one);
      later_.erase(one);
      return pump();
    }
  });
}

void Device::hear_close(wire::Code code, bool plainly) {
  world_.note(user_, "/", name_, " is closed: ", wire::to_string(code), plainly ? " plainly" : "");
  if (!plainly && !(leaving_ && code == wire::Code::ok)) world_.mail.closed(*socket_, code);
  leave(true);
  if (leaving_) return;
  connect_later(plainly ? 500 * kMs : 200 * kMs);
}

}  // namespace trunkline::sim
