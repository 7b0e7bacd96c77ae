# Keeps each event as it came, in a file of the worker's own.
while IFS= read -r event; do
    if printf '%s\n' "$event" >>"$PTR_WORKER.jsonl"; then
        echo '{"status":"done"}'
    else
        echo '{"status":"unavailable","reason":"the file cannot be written"}'
    fi
done
