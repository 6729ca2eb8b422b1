"""Which attribute of a span becomes which field: the names of five conventions, in the order of their weight.

OpenTelemetry GenAI (current and earlier names), OpenInference, OpenLLMetry (Traceloop), the Vercel AI SDK and Langfuse;
`breakeven.*` goes before all of them. An attribute of the span goes before one of its resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, auto
from typing import Final

OTHER: Final = "other"
"""What a span is that is no call of a model: an agent, a chain, a tool."""
CHAT, COMPLETION, CONTENT, EMBEDDINGS, RERANK = "chat", "text_completion", "generate_content", "embeddings", "rerank"


class Slot(IntEnum):
    """A place in the row of a span."""

    KIND = 0
    OPERATION = auto()
    MODEL = auto()
    PROVIDER = auto()
    INPUT = auto()
    OUTPUT = auto()
    TOTAL = auto()
    CACHED = auto()
    COST = auto()
    PROJECT = auto()
    TEAM = auto()
    ACTOR = auto()
    VARIANT = auto()
    SOURCE = auto()
    OUTCOME = auto()
    CSAT = auto()
    SECONDS_SAVED = auto()
    USAGE_DETAILS = auto()
    COST_DETAILS = auto()
    # From here on labels; those that a workspace declares follow.
    CACHE_WRITE = auto()
    REASONING = auto()
    SESSION = auto()
    AGENT = auto()
    TOOL = auto()
    ERROR = auto()
    ENVIRONMENT = auto()
    SERVICE_TIER = auto()


NAMES: Mapping[Slot, tuple[str, ...]] = {
    Slot.KIND: ("ai.operationId", "gen_ai.operation.name", "openinference.span.kind", "langfuse.observation.type",
                "traceloop.span.kind", "llm.request.type"),
    Slot.OPERATION: ("gen_ai.operation.name",),
    Slot.MODEL: ("gen_ai.response.model", "llm.response.model", "ai.response.model", "gen_ai.request.model",
                 "llm.model_name", "embedding.model_name", "reranker.model_name", "llm.request.model", "ai.model.id",
                 "langfuse.observation.model.name"),
    Slot.PROVIDER: ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider"),
    Slot.INPUT: ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt",
                 "llm.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens"),
    Slot.OUTPUT: ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
                  "llm.usage.completion_tokens", "ai.usage.outputTokens", "ai.usage.completionTokens"),
    Slot.TOTAL: ("gen_ai.usage.total_tokens", "llm.token_count.total", "llm.usage.total_tokens", "ai.usage.tokens"),
    Slot.CACHED: ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
                  "llm.token_count.prompt_details.cache_read", "llm.usage.cache_read_input_tokens",
                  "gen_ai.usage.details.cache_read_tokens", "ai.usage.cachedInputTokens"),
    Slot.CACHE_WRITE: ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
                       "llm.token_count.prompt_details.cache_write", "llm.usage.cache_creation_input_tokens",
                       "gen_ai.usage.details.cache_write_tokens"),
    Slot.REASONING: ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
                     "llm.token_count.completion_details.reasoning", "llm.usage.reasoning_tokens",
                     "gen_ai.usage.details.reasoning_tokens", "ai.usage.reasoningTokens"),
    Slot.COST: ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost", "llm.cost.total",
                "operation.cost"),
    Slot.PROJECT: ("breakeven.project", "project.name", "openinference.project.name", "app.project",
                   "traceloop.association.properties.project", "service.name"),
    Slot.TEAM: ("breakeven.team", "team.name", "app.team", "traceloop.association.properties.team"),
    Slot.ACTOR: ("breakeven.actor", "user.id", "enduser.id", "enduser.pseudo.id", "langfuse.user.id",
                 "traceloop.association.properties.user_id"),
    Slot.VARIANT: ("breakeven.variant", "feature_flag.result.variant", "feature_flag.variant", "experiment.variant",
                   "traceloop.association.properties.variant"),
    Slot.SOURCE: ("breakeven.source", "service.name"),
    Slot.OUTCOME: ("breakeven.outcome",),
    Slot.CSAT: ("breakeven.csat",),
    Slot.SECONDS_SAVED: ("breakeven.seconds_saved",),
    Slot.SESSION: ("breakeven.session", "gen_ai.conversation.id", "session.id", "langfuse.session.id",
                   "traceloop.association.properties.session_id"),
    Slot.AGENT: ("gen_ai.agent.name", "agent.name", "gen_ai.agent.id"),
    Slot.TOOL: ("gen_ai.tool.name", "tool.name", "ai.toolCall.name"),
    Slot.ERROR: ("error.type",),
    Slot.ENVIRONMENT: ("deployment.environment.name", "deployment.environment"),
    Slot.SERVICE_TIER: ("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
    Slot.USAGE_DETAILS: ("langfuse.observation.usage_details",),
    Slot.COST_DETAILS: ("langfuse.observation.cost_details",),
}  # fmt: skip
"""Slot → attributes, the first one that is there holds."""

FIELDS: Mapping[Slot, str] = {
    Slot.KIND: "operation", Slot.OPERATION: "operation", Slot.MODEL: "model", Slot.PROVIDER: "provider",
    Slot.INPUT: "input_tokens", Slot.OUTPUT: "output_tokens", Slot.TOTAL: "input_tokens of embeddings",
    Slot.CACHED: "cached_tokens", Slot.COST: "cost, in USD", Slot.PROJECT: "project", Slot.TEAM: "team",
    Slot.ACTOR: "actor", Slot.VARIANT: "variant", Slot.SOURCE: "source", Slot.OUTCOME: "outcome", Slot.CSAT: "csat",
    Slot.SECONDS_SAVED: "seconds_saved", Slot.USAGE_DETAILS: "input_tokens, output_tokens",
    Slot.COST_DETAILS: "cost, in USD", Slot.ERROR: "status",
}  # fmt: skip
"""Slot → field of the interaction, as the documentation names it; for those in LABELS the label."""

LABELS: Mapping[Slot, str] = {
    Slot.CACHE_WRITE: "cache_write_tokens", Slot.REASONING: "reasoning_tokens", Slot.SESSION: "session",
    Slot.AGENT: "agent", Slot.TOOL: "tool", Slot.ERROR: "error_type", Slot.ENVIRONMENT: "environment",
    Slot.SERVICE_TIER: "service_tier",
}  # fmt: skip
"""Slot → key of the label, in the order of the slots."""
PARENT = "parent_span"
"""Key of the label that names the span above."""

KINDS: Mapping[str, Mapping[str, str]] = {
    "gen_ai.operation.name": {
        "chat": CHAT, "text_completion": COMPLETION, "completion": COMPLETION, "generate_content": CONTENT,
        "embeddings": EMBEDDINGS, "embedding": EMBEDDINGS, "rerank": RERANK, "response": CHAT, "responses": CHAT,
        "create_agent": OTHER, "invoke_agent": OTHER, "execute_tool": OTHER, "invoke_workflow": OTHER,
        "retrieval": OTHER, "plan": OTHER, "agent": OTHER, "tool": OTHER, "workflow": OTHER, "task": OTHER,
        "chain": OTHER, "evaluate": OTHER,
    },
    "openinference.span.kind": {
        "LLM": CHAT, "EMBEDDING": EMBEDDINGS, "RERANKER": RERANK, "AGENT": OTHER, "CHAIN": OTHER, "TOOL": OTHER,
        "RETRIEVER": OTHER, "GUARDRAIL": OTHER, "EVALUATOR": OTHER, "PROMPT": OTHER,
    },
    "langfuse.observation.type": {
        "generation": CHAT, "embedding": EMBEDDINGS, "span": OTHER, "event": OTHER, "agent": OTHER, "tool": OTHER,
        "chain": OTHER, "retriever": OTHER, "evaluator": OTHER, "guardrail": OTHER,
    },
    "traceloop.span.kind": {"workflow": OTHER, "task": OTHER, "agent": OTHER, "tool": OTHER},
    "llm.request.type": {"chat": CHAT, "completion": COMPLETION, "embedding": EMBEDDINGS, "rerank": RERANK},
    "ai.operationId": {
        "ai.generateText.doGenerate": CHAT, "ai.streamText.doStream": CHAT, "ai.generateObject.doGenerate": CHAT,
        "ai.streamObject.doStream": CHAT, "ai.embed.doEmbed": EMBEDDINGS, "ai.embedMany.doEmbed": EMBEDDINGS,
        "ai.generateText": OTHER, "ai.streamText": OTHER, "ai.generateObject": OTHER, "ai.streamObject": OTHER,
        "ai.embed": OTHER, "ai.embedMany": OTHER, "ai.toolCall": OTHER,
    },
}  # fmt: skip
"""Attribute → value → what the span is: the operation of a model's call, or OTHER. A value that is not here says
nothing; then a span with a model, and with a provider or tokens, that is no agent's and no tool's is a call."""

INTEGERS = frozenset({Slot.INPUT, Slot.OUTPUT, Slot.TOTAL, Slot.CACHED, Slot.CACHE_WRITE, Slot.REASONING})
NUMBERS = frozenset({Slot.CSAT, Slot.SECONDS_SAVED})
MONEY = frozenset({Slot.COST})

PROVIDERS: Mapping[str, str] = {
    "gcp.gemini": "google", "gcp.vertex_ai": "google", "gcp.gen_ai": "google", "gcp.vertex.agent": "google",
    "vertex_ai": "google", "vertexai": "google", "gemini": "google", "google_genai": "google",
    "aws.bedrock": "aws", "aws_bedrock": "aws", "bedrock": "aws",
    "azure.ai.openai": "azure", "azure.ai.inference": "azure", "az.ai.openai": "azure", "az.ai.inference": "azure",
    "azure_openai": "azure", "mistral_ai": "mistral", "mistralai": "mistral", "x_ai": "x-ai", "xai": "x-ai",
    "cohere_ai": "cohere",
}  # fmt: skip
"""Spellings of providers → the name that bills and prices know."""
_NAMESPACES = ("gcp.", "aws.", "azure.", "az.", "ibm.")


def provider_name(value: str) -> str:
    """`OpenAI`, `openai.responses` and `openai` are one provider."""
    plain = value.strip().lower()
    found = PROVIDERS.get(plain)
    if found is not None or "." not in plain or plain.startswith(_NAMESPACES):
        return found or plain
    first = plain.partition(".")[0]
    return PROVIDERS.get(first, first)
