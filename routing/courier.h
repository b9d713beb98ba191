// Brings frames to sessions, wherever they are: to a port here, by link to another rank, or to the
// admin socket. What an answer means to the rank of its session (credit, who is attached, pages
// owed) is noted here, once, whether it was made here or came by link.
#pragma once

#include "routing/links.h"
#include "routing/ports.h"
#include "routing/residents.h"
#include "routing/send_credit.h"

namespace trunkline::routing {

class Courier {
 public:
  Courier(Turn& turn, Ports& ports, Links& links, SendCredit& credit, Residents& residents)
      : turn_(turn), ports_(ports), links_(links), credit_(credit), residents_(residents) {}

  // Answers, which go before everything else on a link.
  template <class Payload>
  void answer(const wire::Address& to, const Payload& payload) {
    if (to.rank != turn_.self()) {
      if (loses_answers() && links_.pressed(to.rank)) return;
      links_.answer(to.rank, header_to(to), payload);
    } else {
      note(turn_.self(), to, payload);
      if (Port* port = ports_.find(to.port)) ports_.add(*port, to, payload);
    }
  }
  void answer(const wire::Address& to, const wire::AdminIs& payload);

  // What is not an answer: DELIVER, TRIMMED, PAGE.
  template <class Payload>
  void bring(const wire::Address& to, const Payload& payload, wire::BytesView stamps = {}) {
    if (to.rank != turn_.self()) {
      links_.add(to.rank, header_to(to), payload, stamps);
    } else {
      note(turn_.self(), to, payload);
      if (Port* port = ports_.find(to.port)) ports_.add(*port, to, payload, stamps);
    }
  }

  // A frame of rank `from` for a session here.
  void pass(wire::RankId from, const wire::FrameView& frame);

  // A session of a port here is no more: its port saw a DETACH, or its home said so.
  void forget(Port& port, wire::SessionId session);

 private:
  static wire::FrameHeader header_to(const wire::Address& to) {
    wire::FrameHeader header;
    header.address = to;
    return header;
  }
  bool loses_answers() const { return turn_.planted(wire::Fault::drop_answer); }

  template <class Payload>
  void note_frame(wire::RankId from, const wire::FrameView& frame);

  template <class Payload>
  void note(wire::RankId, const wire::Address&, const Payload&) {}
  void note(wire::RankId from, const wire::Address& to, const wire::Stored& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::Refused& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::Fenced& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::Attached& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::AttachRefused& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::Replaced& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::Revoked& answer);
  void note(wire::RankId from, const wire::Address& to, const wire::Page& page);
  void forget(const wire::Address& session);

  Turn& turn_;
  Ports& ports_;
  Links& links_;
  SendCredit& credit_;
  Residents& residents_;
};

}  // namespace trunkline::routing
