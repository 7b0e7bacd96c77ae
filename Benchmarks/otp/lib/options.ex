defmodule Otp.Options do
  @moduledoc "What the command line asks for. It is read by every process, so it lies where reading costs nothing."

  defstruct host: "127.0.0.1",
            port: 4000,
            paths: ["/tweets/1"],
            min: 2,
            max: 2,
            workers: 8,
            window: 4096,
            batch: 128,
            to: "/dev/null",
            format: :data,
            work: nil,
            restarts: 100

  @switches [
    port: :integer,
    path: :keep,
    min: :integer,
    max: :integer,
    workers: :integer,
    window: :integer,
    batch: :integer,
    to: :string,
    format: :string,
    work: :string,
    restarts: :integer
  ]

  def parse!(arguments) do
    {values, []} = OptionParser.parse!(arguments, strict: @switches)
    paths = Keyword.get_values(values, :path)

    Enum.reduce(values, %__MODULE__{}, fn
      {:path, _}, options -> options
      {:format, format}, options -> %{options | format: String.to_existing_atom(format)}
      {:work, range}, options -> %{options | work: range(range), batch: 1}
      {key, value}, options -> Map.replace!(options, key, value)
    end)
    |> then(&if paths == [], do: &1, else: %{&1 | paths: paths})
    |> tap(&:persistent_term.put(__MODULE__, &1))
  end

  def get, do: :persistent_term.get(__MODULE__)

  # "50..500", in milliseconds.
  defp range(text) do
    [least, most] = text |> String.split("..") |> Enum.map(&String.to_integer/1)
    {least, most}
  end
end
