// One device of one user, as client-protocol wants it: an outbox in order until stored or refused,
// resent first after a reconnect; a cursor that is saved with what is shown; at most W unanswered.
#pragma once

#include <deque>
#include <memory>

#include "tests/sim/letter.h"
#include "tests/sim/schedule.h"
#include "wire/codec.h"

namespace trunkline::sim {

class World;
struct Socket;

class Device {
 public:
  Device(World& world, std::size_t number, wire::Bytes user, wire::Bytes name);

  const wire::Bytes& user() const { return user_; }
  const wire::Bytes& name() const { return name_; }
  std::size_t number() const { return number_; }
  wire::Mseq cursor() const { return cursor_; }
  bool online() const { return welcomed_; }
  // Everything it wrote has been answered, everything it was shown acknowledged.
  bool idle() const { return outbox_.empty() && later_.empty() && acknowledged_ == cursor_; }

  // ---- what its user does
  void write(const wire::Bytes& to);
  std::uint64_t write_direct(const wire::Bytes& to);  // its serial; 0: it is offline
  void ask_history();
  void say_bye();  // and comes back no more

  // ---- what happens to it
  void connect_later(std::int64_t most_us);
  void listen();  // something may have arrived on its socket
  void crash(bool forget);
  void move();   // connects elsewhere; the old edge may not hear of it
  void cut();    // the socket breaks
  void stall();  // reads nothing
  void read_on();

 private:
  struct Out {
    Letter letter;
    bool sent = false;  // on this socket
  };

  void connect();
  void leave(bool told);
  void pump();
  void lose_patience();
  void acknowledge();
  void send(const wire::Bytes& frame);
  template <class Payload>
  void say(const Payload& payload) {
    send(wire::encoded(wire::FrameHeader{}, payload));
  }
  void hear(const wire::FrameView& frame);
  void hear_welcome(const wire::Welcome& welcome);
  void hear_deliver(const wire::Deliver& deliver);
  void hear_answer(wire::BytesView id, wire::BytesView to, wire::Code code);
  void hear_close(wire::Code code, bool plainly);
  void try_again_later(const Letter& letter);
  void place(const Letter& letter);

  World& world_;
  const std::size_t number_;
  const wire::Bytes user_, name_;

  // Saved: survives a crash.
  std::deque<Out> outbox_;
  std::deque<Letter> later_;  // refused for now
  wire::Mseq cursor_ = 0;
  wire::Bytes mailbox_;
  std::uint64_t ids_ = 0;

  // Of this life and socket.
  std::shared_ptr<Socket> socket_;
  std::uint64_t connection_ = 0;  // rises, so that what was planned for an older one is void
  bool welcomed_ = false;
  bool connecting_ = false;
  bool leaving_ = false;
  bool acknowledging_ = false;
  wire::Mseq acknowledged_ = 0;  // on this socket
};

}  // namespace trunkline::sim
