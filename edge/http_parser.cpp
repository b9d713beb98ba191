#include "edge/http_parser.h"

#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <iterator>

namespace trunkline::edge {

namespace http = boost::beast::http;

RequestParser::RequestParser() {
  header_limit(kHttpHeaderBytesMax);
  body_limit(0);
}

boost::system::error_code checked(boost::system::error_code error, std::size_t header_bytes) {
  const bool too_long = !error && header_bytes > kHttpHeaderBytesMax;
  return too_long ? make_error_code(http::error::header_limit) : error;
}

unsigned status_of(boost::system::error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  const bool of_parser = error.category() == make_error_code(http::error{}).category();
  return of_parser && error != http::error::end_of_stream ? 400 : 0;
}

HttpRequest request_of(const RequestParser& parser, std::string& protocols) {
  const auto& header = parser.get();
  const auto listed = header.equal_range(http::field::sec_websocket_protocol);
  for (auto at = listed.first; at != listed.second; ++at) {
    protocols.append(at->value()).append(",");
  }
  const auto origins = header.equal_range(http::field::origin);
  HttpRequest request;
  request.is_get = header.method() == http::verb::get;
  request.target = header.target();
  request.has_body = parser.chunked();  // a length above 0 is an error of the parser's
  request.has_origin = origins.first != origins.second;
  // Browsers send one. Of two, another reader might believe the one that we do not.
  if (std::distance(origins.first, origins.second) == 1) request.origin = origins.first->value();
  request.wants_websocket = boost::beast::websocket::is_upgrade(header);
  request.protocols = protocols;
  request.if_none_match = header[http::field::if_none_match];
  return request;
}

}  // namespace trunkline::edge
