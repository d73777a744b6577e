// The shape of the API until its description is there.
import type { Text } from '../api/types';
export interface InsightCount { now: number; before?: number | null }
export interface InsightMeasured { now?: number | null; before?: number | null }
export type InsightActivity = string;
export interface InsightActivityView { activity: InsightActivity; name: Text; kind: 'step' | 'again' | 'trouble' | 'done' | 'called_off' }
export interface InsightSummary { orders: InsightCount; events: InsightCount; median_ms: InsightMeasured; p90_ms: InsightMeasured; p95_ms: InsightMeasured; ways: InsightCount; top_ways_share: InsightMeasured; again: InsightCount; called_off: InsightCount; again_or_called_off: InsightCount; again_or_called_off_share: InsightMeasured }
export interface InsightArea { x: number; y: number; width: number; height: number }
export interface InsightNode { activity: InsightActivity; area: InsightArea; orders: number; events: number; began: number; ended: number }
export interface InsightEdge { from: InsightActivity; to: InsightActivity; line: string; head: string; stroke: number; count: number; orders: number; median_ms?: number | null; p90_ms?: number | null; p95_ms?: number | null; rank: 'worst' | 'slow' | 'rare' | 'usual'; label: InsightArea }
export interface InsightMap { width: number; height: number; nodes: InsightNode[]; edges: InsightEdge[]; detail: { activities: number[]; activity_step: number; paths: { edges: number; share: number }[]; path_step: number } }
export interface InsightWay { key: string; activities: InsightActivity[]; orders: number; share: number; median_ms: number }
export interface InsightCard { from: InsightActivity; to: InsightActivity; title: Text; sentence: Text; count: number; orders: number; median_ms: number; median_before_ms?: number | null; p90_ms: number; p95_ms: number; lost_per_week_ms: number; share: number; slow_hour?: { hour: number; median_ms: number; count: number } | null }
export interface InsightOrder { id: string; number: number; business_date: string; channel: string; table_id?: number | null; began_at: string; last_at: string; last: InsightActivity; duration_ms: number; wait_ms?: number | null; is_open: boolean; way: string }
export interface InsightOrders { total: number; page: number; size: number; orders: InsightOrder[] }
export interface Insight { period: { from: string; to: string }; period_before: { from: string; to: string }; known_from?: string | null; is_up_to_date: boolean; channels: { channel: string; name: Text; orders: number }[]; activities: InsightActivityView[]; summary: InsightSummary; map: InsightMap; ways: InsightWay[]; cards: InsightCard[]; waiting: { total: number; orders: { order: InsightOrder; waiting_ms: number }[] } }
