#include "bench/floor_frame.h"
#include "bench/road.h"
#include "lab/connection.h"

namespace trunkline::bench {
namespace {

class FloorEnd : public RoadEnd {
 public:
  FloorEnd(boost::asio::io_context& io, const EndConfig& config, Handlers handlers)
      : pair_(config.pair),
        handlers_(std::move(handlers)),
        connection_(io, connection_config(config),
                    {[this] { handlers_.on_ready(); },
                     [this](lab::Opcode, wire::BytesView frames) { take(frames); },
                     [this](const lab::Closed& how) { handlers_.on_failed(how.reason); }}) {
    connection_.open();
  }

  void send(wire::BytesView payload) override { append_floor_frame(gathered_, pair_, payload); }
  void flush() override {
    if (gathered_.empty()) return;
    connection_.send(lab::Opcode::binary, gathered_);
    connection_.flush();
    gathered_.clear();
  }

 private:
  static lab::ConnectionConfig connection_config(const EndConfig& config) {
    lab::ConnectionConfig connection;
    connection.url = config.url + "/" + std::to_string(config.pair);
    return connection;
  }

  void take(wire::BytesView frames) {
    while (!frames.empty()) {
      const std::size_t length = floor_frame_length(frames);
      handlers_.on_message(frames.substr(kFloorHeaderBytes, length - kFloorHeaderBytes));
      frames.remove_prefix(length);
    }
  }

  std::uint32_t pair_;
  Handlers handlers_;
  wire::Bytes gathered_;
  lab::Connection connection_;
};

}  // namespace

MakeEnd make_floor_end() {
  return [](boost::asio::io_context& io, const EndConfig& config, RoadEnd::Handlers handlers) {
    return std::make_unique<FloorEnd>(io, config, std::move(handlers));
  };
}

}  // namespace trunkline::bench
