#include "bench/nats_codec.h"
#include "bench/road.h"
#include "lab/connection.h"

namespace trunkline::bench {
namespace {

// Core publish and subscribe: at most once, nothing kept. Each pair has a subject of its own.
class NatsEnd : public RoadEnd {
 public:
  NatsEnd(boost::asio::io_context& io, const EndConfig& config, Handlers handlers)
      : side_(config.side),
        subject_("pair." + std::to_string(config.pair)),
        handlers_(std::move(handlers)),
        connection_(
            io, connection_config(config),
            {[this] { begin(); }, [this](lab::Opcode, wire::BytesView bytes) { take(bytes); },
             [this](const lab::Closed& how) { handlers_.on_failed(how.reason); }}) {
    connection_.open();
  }

  void send(wire::BytesView payload) override {
    gathered_.append("PUB ").append(subject_).append(" ");
    gathered_.append(std::to_string(payload.size())).append("\r\n");
    gathered_.append(payload).append("\r\n");
  }
  void flush() override {
    if (gathered_.empty()) return;
    connection_.send(lab::Opcode::binary, gathered_);
    connection_.flush();
    gathered_.clear();
  }

 private:
  static lab::ConnectionConfig connection_config(const EndConfig& config) {
    lab::ConnectionConfig connection;
    connection.url = config.url;
    return connection;
  }

  void begin() {
    gathered_ = R"(CONNECT {"verbose":false,"pedantic":false,"tls_required":false,)"
                R"("name":"bench","lang":"cpp","version":"1","protocol":1})"
                "\r\n";
    if (side_ == Side::receiver) gathered_ += "SUB " + subject_ + " 1\r\n";
    gathered_ += "PING\r\n";
    flush();
  }

  void take(wire::BytesView bytes) {
    reader_.give(bytes);
    wire::BytesView payload;
    for (;;) {
      switch (reader_.next(payload)) {
        case NatsReader::Event::none:
          return;
        case NatsReader::Event::message:
          handlers_.on_message(payload);
          break;
        case NatsReader::Event::ping:
          gathered_.append("PONG\r\n");
          flush();
          break;
        case NatsReader::Event::pong:
          handlers_.on_ready();
          break;
        case NatsReader::Event::failure:
          handlers_.on_failed(std::string(payload));
          return;
      }
    }
  }

  Side side_;
  std::string subject_;
  Handlers handlers_;
  wire::Bytes gathered_;
  NatsReader reader_;
  lab::Connection connection_;
};

}  // namespace

MakeEnd make_nats_end() {
  return [](boost::asio::io_context& io, const EndConfig& config, RoadEnd::Handlers handlers) {
    return std::make_unique<NatsEnd>(io, config, std::move(handlers));
  };
}

}  // namespace trunkline::bench
