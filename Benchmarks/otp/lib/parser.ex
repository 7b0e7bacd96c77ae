defmodule Otp.Parser do
  @moduledoc """
  Event streams with LF. An event is its data: the parts of a read that are never copied, joined only where an event has
  several `data` lines. What a read ends within waits for the next one.
  """

  defstruct rest: "", data: nil

  @doc "The data of the events that end in `bytes`, in order, and what waits."
  def parse(%__MODULE__{rest: rest, data: data}, bytes) do
    case :binary.matches(bytes, newline()) do
      [] ->
        {[], 0, %__MODULE__{rest: rest <> bytes, data: data}}

      ends when rest == "" ->
        lines(ends, 0, bytes, data, [], 0)

      [{first, 1} | ends] ->
        cut(rest <> binary_part(bytes, 0, first), first + 1, ends, bytes, data)
    end
  end

  # The line that the read before ended within is the only one that is put together.
  defp cut(line, start, ends, bytes, data) do
    case parse(%__MODULE__{data: data}, line <> "\n") do
      {events, count, %__MODULE__{data: data}} -> lines(ends, start, bytes, data, events, count)
    end
  end

  # Looked for with memchr. The pattern is compiled once.
  defp newline do
    case :persistent_term.get(__MODULE__, nil) do
      nil -> "\n" |> :binary.compile_pattern() |> tap(&:persistent_term.put(__MODULE__, &1))
      pattern -> pattern
    end
  end

  defp lines([], start, bytes, data, events, count) do
    rest = binary_part(bytes, start, byte_size(bytes) - start)
    {Enum.reverse(events), count, %__MODULE__{rest: rest, data: data}}
  end

  # A blank line ends the event. One without data is none.
  defp lines([{start, 1} | ends], start, bytes, nil, events, count),
    do: lines(ends, start + 1, bytes, nil, events, count)

  defp lines([{start, 1} | ends], start, bytes, data, events, count),
    do: lines(ends, start + 1, bytes, nil, [data | events], count + 1)

  defp lines([{ending, 1} | ends], start, bytes, data, events, count) do
    length = ending - start

    case bytes do
      <<_::binary-size(start), "data: ", line::binary-size(length - 6), _::binary>> ->
        lines(ends, ending + 1, bytes, join(data, line), events, count)

      <<_::binary-size(start), "data:", line::binary-size(length - 5), _::binary>> ->
        lines(ends, ending + 1, bytes, join(data, line), events, count)

      _ ->
        lines(ends, ending + 1, bytes, data, events, count)
    end
  end

  defp join(nil, line), do: line
  defp join(data, line), do: data <> "\n" <> line
end
