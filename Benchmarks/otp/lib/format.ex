defmodule Otp.Format do
  @moduledoc "The lines of a hand, as what can be written without copying it."

  @doc """
  `:data` is all of a message, `:text` what ptrd's format `{message.tweet.text}` prints of it, and `:times` when it was
  sent, in ticks of 100 µs, and when it was received, in microseconds.
  """
  def render(:data, events, _), do: lines(events)
  def render(:text, events, _), do: for(event <- events, do: [text(event), ?\n])

  def render(:times, events, received) do
    received = Integer.to_string(received)
    for event <- events, do: [sent(event), ?\s, received, ?\n]
  end

  defp lines([event | events]), do: [event, ?\n | lines(events)]
  defp lines([]), do: []

  # In a tweet its own text is the first.
  defp text(event) do
    {start, length} = :binary.match(event, ~s("text":"))
    start = start + length
    string(binary_part(event, start, byte_size(event) - start), [])
  end

  defp sent(event) do
    {start, length} = :binary.match(event, ~s("unix_timestamp_100us": ))
    binary_part(event, start + length, 14)
  end

  # A JSON string from behind its opening quote.
  defp string(bytes, parts) do
    {ending, 1} = :binary.match(bytes, [~s("), "\\"])
    part = binary_part(bytes, 0, ending)

    case bytes do
      <<_::binary-size(ending), ?", _::binary>> when parts == [] -> part
      <<_::binary-size(ending), ?", _::binary>> -> Enum.reverse([part | parts])
      <<_::binary-size(ending), ?\\, rest::binary>> -> escape(rest, [part | parts])
    end
  end

  defp escape(<<?n, rest::binary>>, parts), do: string(rest, ["\\n" | parts])
  defp escape(<<?t, rest::binary>>, parts), do: string(rest, ["\\t" | parts])
  defp escape(<<?r, rest::binary>>, parts), do: string(rest, ["\\r" | parts])

  defp escape(<<?u, digits::binary-size(4), rest::binary>>, parts),
    do: string(rest, [<<String.to_integer(digits, 16)::utf8>> | parts])

  defp escape(<<byte, rest::binary>>, parts), do: string(rest, [<<byte>> | parts])
end
