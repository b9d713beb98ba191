// One socket of a client, as bytes: TLS, then one HTTP request, then the messages of a WebSocket.
// What they mean is its Conversation's business.
//
// Threads: the event loop's. Ownership: the loop's table holds it until closed(); operations under
// way hold it too, and do nothing once it was closed.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "edge/conversation.h"
#include "edge/corked_socket.h"
#include "edge/http.h"
#include "edge/live_board.h"
#include "wire/ids.h"

namespace trunkline::edge {

class Loop;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, wire::SessionId id, const boost::asio::ip::address& address);
  virtual ~Connection();

  wire::SessionId id() const { return id_; }
  const boost::asio::ip::address& address() const { return address_; }
  Conversation* conversation() { return conversation_.get(); }  // null before the upgrade

  virtual void start() = 0;
  // Answers the HTTP request, then closes. Nothing happens if it was answered already.
  virtual void answer(unsigned status, std::string_view type, std::string_view body) = 0;
  // The rank's part of /metrics, in pieces; the last one answers the request.
  virtual void add_metrics(std::string_view text, bool last) = 0;

  // What the ranks told the live page: answers the request that waits for it.
  virtual void show_live(const LiveSnapshot& snapshot) = 0;

  // ---- WebSocket
  // One message, sent at the end of the turn. `frame_bytes`: what the gateway counts for it, told
  // back in flush() when it has left; 0 for what the gateway did not make.
  virtual void write(std::string_view message, std::size_t frame_bytes) = 0;
  // The same for `.bin`, where the frames of a turn leave as one message: a message for each costs
  // both ends several times the CPU.
  virtual void gather(std::string_view frame, std::size_t frame_bytes) = 0;
  // What was gathered last is traced: its card edge_written is due when it has left.
  virtual void trace(std::uint64_t trace_id) = 0;
  // Protocol::echo: sends the message that was read last, of its own kind.
  virtual void echo(std::string_view message) = 0;
  // Goes on or stops taking messages. What is under way may still come.
  virtual void read(bool on) = 0;
  // It has logged in: larger messages, more fragments.
  virtual void trust() = 0;
  // Closes with this code, after all that was written; cut after `patience_us`.
  virtual void close(std::uint16_t code, std::int64_t patience_us) = 0;
  // What binds a login to this TLS connection; empty without TLS.
  virtual std::string channel_binding() = 0;
  virtual bool is_tls() const = 0;

  // ---- for the loop
  // End of turn: sends what was written and tells the gateway what has left.
  virtual void flush() = 0;
  // Its deadline may have passed.
  virtual void look_at_clock() = 0;
  // Closes at once and is forgotten.
  virtual void cut() = 0;
  // The loop is going away: forget it and close.
  virtual void abandon() = 0;

  std::int64_t deadline_us() const { return deadline_us_; }

  // The loop's: whether it will be flushed in this turn, and its earliest entry in the queue of
  // deadlines (0: none).
  bool is_unflushed = false;
  std::int64_t queued_us = 0;

 protected:
  void set_deadline(std::int64_t at_us);

  Loop* loop_;  // null once it was closed
  const wire::SessionId id_;
  const boost::asio::ip::address address_;
  std::unique_ptr<Conversation> conversation_;
  std::int64_t deadline_us_ = 0;
};

// `tls`: null for a plain one.
std::shared_ptr<Connection> make_connection(Loop& loop, wire::SessionId id, Socket socket,
                                            const boost::asio::ip::address& address,
                                            boost::asio::ssl::context* tls);

}  // namespace trunkline::edge
