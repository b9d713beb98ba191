// Many sockets of one offender: they connect, say a few bytes or say them slowly, and wait. How
// each ended, and after how long.
//
// Threads: the test's; everything happens while its Room waits. Sockets are cut with the object.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace trunkline::tests {

struct Offence {
  std::string words;                  // said at once, or
  std::chrono::milliseconds pace{0};  // … a byte at a time, so slowly
  bool again = false;                 // who was closed connects again
};

class Crowd {
 public:
  // Begins to connect so many, some at a time.
  Crowd(boost::asio::io_context& io, std::uint16_t port, unsigned sockets, Offence offence);
  ~Crowd();

  unsigned connected() const;  // that were accepted by the kernel, whatever became of them
  unsigned closed() const;     // of these, ended by the other side
  // The shortest time from before connect() to that end, of those that lived longer than `grace`
  // (the others were turned away).
  std::chrono::milliseconds shortest_life(std::chrono::milliseconds grace) const;
  unsigned turned_away(std::chrono::milliseconds grace) const;

 private:
  class Stranger;
  std::vector<std::shared_ptr<Stranger>> strangers_;
};

// As many descriptors as this process may have; false: fewer than `wanted`.
bool raise_descriptors(std::size_t wanted);

std::string slow_request();         // the request of a WebSocket, without its end
std::string half_a_client_hello();  // of TLS

}  // namespace trunkline::tests
