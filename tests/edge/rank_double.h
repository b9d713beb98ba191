// The rank that the edge's own tests attach to: a ROUTER that answers as a rank of one does, for
// accounts whose password is the name. The real rank has its turn in the clients suite.
//
// Threads: its own, from the constructor to the destructor; the methods may be called from any.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "wire/batch.h"

namespace trunkline::edge {

class RankDouble {
 public:
  // `secret_key`: Z85; with it only CURVE is spoken.
  RankDouble(zmq::context_t& zmq, const std::string& endpoint, const std::string& secret_key = {});
  ~RankDouble();

  std::string endpoint() const { return endpoint_; }  // with the port that was found
  std::uint64_t sends() const { return sends_; }
  std::uint64_t hellos() const { return hellos_; }
  std::uint64_t detaches() const { return detaches_; }

 private:
  struct Port {
    std::string routing_id;
    wire::Incarnation incarnation = 0;
    std::uint64_t number = 0, taken = 0;
    wire::PortId id = 0;
    wire::BatchBuilder out;
  };
  struct Attached {
    Port* port = nullptr;
    wire::SessionId session = 0;
    wire::Mseq head = 0;
  };
  void serve();
  void take(const std::string& routing_id, wire::BytesView batch);
  void take_frame(Port& port, const wire::FrameView& frame);
  void take_send(Port& port, const wire::FrameView& frame);
  void take_direct(const wire::FrameView& frame);
  template <class Payload>
  void say(Port& port, wire::SessionId session, const Payload& payload,
           wire::BytesView stamps = {});
  void flush();

  zmq::socket_t router_;
  std::map<std::string, Port> ports_;         // by routing id
  std::map<std::string, Attached> attached_;  // by user
  std::map<std::string, wire::Mseq> heads_;   // by user
  std::string endpoint_;
  std::atomic<bool> ending_ = false;
  std::atomic<std::uint64_t> sends_ = 0, hellos_ = 0, detaches_ = 0;
  std::thread thread_;
};

}  // namespace trunkline::edge
